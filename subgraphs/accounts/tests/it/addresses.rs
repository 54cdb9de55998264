//! One mailbox is one account, however its address is typed.

use polyphony_accounts::commands::normalize_emails;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, TestApp, codes};

async fn register(t: &TestApp, email: &str, handle: &str) -> Value {
    let query = "mutation($input: RegisterInput!) { register(input: $input) {
        viewer { id email } userErrors { code message path } } }";
    let input = json!({ "email": email, "password": PASSWORD, "handle": handle, "displayName": "N" });
    t.query(None, query, json!({ "input": input })).await["register"].take()
}

#[sqlx::test(migrations = false)]
async fn however_an_address_is_typed_it_has_one_account(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let made = register(&t, "Nina@MU\u{308}NCHEN.example", "nina").await;
    assert_eq!(made["viewer"]["email"], json!("nina@münchen.example"));
    // Mail goes where every server understands the address.
    assert_eq!(t.events().await[0].1["email"], json!("nina@xn--mnchen-3ya.example"));
    let spellings = [
        "nina@münchen.example",
        "ＮＩＮＡ＠münchen.example",
        "nina@xn--mnchen-3ya.example",
        " nina@XN--MNCHEN-3YA.EXAMPLE ",
    ];
    for (index, spelling) in spellings.into_iter().enumerate() {
        assert_eq!(codes(&register(&t, spelling, &format!("nina{index}")).await), ["EMAIL_TAKEN"], "{spelling}");
        assert_eq!(t.login(spelling, PASSWORD).await["viewer"]["id"], made["viewer"]["id"], "{spelling}");
    }
}

#[sqlx::test(migrations = false)]
async fn addresses_that_deceive_or_cannot_be_delivered_to_are_refused_with_a_reason(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let deceiving =
        ["ni\u{200b}na@example.org", "nina@ex\u{ad}ample.org", "nina\u{202e}@example.org", "\"nina\"@example.org"];
    for email in deceiving {
        let refused = register(&t, email, "nina").await;
        assert_eq!(codes(&refused), ["INVALID_INPUT"], "{email:?}");
        assert_eq!(refused["userErrors"][0]["path"], json!(["input", "email"]));
    }
    let refused = register(&t, "ñina@example.org", "nina").await;
    assert_eq!(codes(&refused), ["INVALID_INPUT"]);
    assert!(refused["userErrors"][0]["message"].as_str().unwrap().contains("behind the @ only"));
    assert_eq!(t.events().await, []);
}

#[sqlx::test(migrations = false)]
async fn addresses_of_earlier_releases_are_brought_into_the_form_of_now(pool: PgPool) {
    let t = TestApp::new(pool).await;
    for (handle, old) in
        [("nina", "nina@münchen.example"), ("twin", "nina@mu\u{308}nchen.example"), ("ana", "añá@example.org")]
    {
        let person = t.register(handle).await;
        sqlx::query("update users set email = $2 where email = $1")
            .bind(&person.email)
            .bind(old)
            .execute(&t.pool)
            .await
            .unwrap();
    }
    normalize_emails(&t.app.store).await.unwrap();
    normalize_emails(&t.app.store).await.unwrap();
    let kept: Vec<String> =
        sqlx::query_scalar("select email from users order by handle").fetch_all(&t.pool).await.unwrap();
    // Who has an address that could not be chosen now keeps it; of two with one address nobody loses theirs.
    assert_eq!(kept[0], "añá@example.org");
    let normal = kept.iter().filter(|email| *email == "nina@xn--mnchen-3ya.example").count();
    assert_eq!((normal, kept.len()), (1, 3));
    assert_eq!(codes(&t.login("AÑA\u{301}@example.org", PASSWORD).await), [""; 0]);
}
