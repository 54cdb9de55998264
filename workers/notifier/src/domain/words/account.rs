//! What is said about an account, and to whom it is being given.

use chrono::{DateTime, Utc};

use super::{one_line, one_word, point_in_time};

pub(super) fn welcome(handle: &str) -> (String, String) {
    let handle = one_line(handle);
    let body = format!(
        "your account is ready. Others find you as @{handle}.\n\n\
         Search for what you like, put it on a playlist, and go on listening on any of your devices.\n\n\
         If you did not make this account, somebody else did with your address. They have not shown that it is theirs, and you \
         need not do anything. To take the account over, ask for a new password with this address: they are signed out then."
    );
    ("Welcome to Polyphony".to_owned(), body)
}

pub(super) fn data_export(
    expires_at: Option<DateTime<Utc>>,
    failed_because: Option<&str>,
    web_url: Option<&str>,
) -> (String, String) {
    let Some(until) = expires_at.map(point_in_time) else {
        let reason = one_line(failed_because.unwrap_or("It could not be made."));
        let body = format!("the copy of your data that you asked for could not be made.\n\nReason: {reason}");
        return ("The copy of your data could not be made".to_owned(), body);
    };
    // The archive's own address is good for whoever has it, so it stands in no mail.
    let place = web_url.map_or_else(String::new, |url| format!(" at\n\n{url}\n\n"));
    let body = format!(
        "the copy of your data that you asked for is ready. Sign in{place} and download it among the exports of your account, \
         until {until}; then it is deleted."
    );
    ("The copy of your data is ready".to_owned(), body.replace("\n\n and", "\n\nand"))
}

/// A code, and the page of the web client that takes it. It stands behind `#`, which browsers send to nobody.
fn code_and_page(token: &str, web_url: Option<&str>, page: &str) -> String {
    let token = one_word(token);
    let open = |url: &str| format!("\n\nEnter it, or open\n\n{url}/{page}#token={token}");
    let page = web_url.map(open).unwrap_or_default();
    format!("{token}{page}")
}

pub(super) fn verify_email(token: &str, expires_at: DateTime<Utc>, web_url: Option<&str>) -> (String, String) {
    let (code, until) = (code_and_page(token, web_url, "verify"), point_in_time(expires_at));
    let body = format!(
        "please confirm that this address is yours. Your code is\n\n{code}\n\n\
         It can be used once, until {until}.\n\n\
         If you did not ask for it, do not give it to anybody."
    );
    ("Confirm your address".to_owned(), body)
}

pub(super) fn reset_password(
    token: &str,
    expires_at: DateTime<Utc>,
    providers: &[String],
    web_url: Option<&str>,
) -> (String, String) {
    let (code, until) = (code_and_page(token, web_url, "reset"), point_in_time(expires_at));
    let (wish, otherwise) = match one_line(&providers.join(", ")) {
        providers if providers.is_empty() => {
            ("choose a new password for your account.".to_owned(), "your password stays as it is")
        }
        providers => (
            format!(
                "choose a password for your account. It has none: you sign in with {providers}, and can go on doing so \
                 without a password."
            ),
            "your account stays as it is",
        ),
    };
    let body = format!(
        "somebody, probably you, wants to {wish} The code for it is\n\n{code}\n\n\
         It can be used once, until {until}. Give it to nobody.\n\n\
         If you did not ask for it, you need not do anything: {otherwise}."
    );
    ("Choose a new password".to_owned(), body)
}

pub(super) fn registration_attempted(at: DateTime<Utc>) -> (String, String) {
    let body = format!(
        "somebody, perhaps you, tried to make an account with this address on {}. It has one already, so nothing was made.\n\n\
         If it was you, sign in, or choose a new password if you have forgotten yours. If not, you need not do anything.",
        point_in_time(at)
    );
    ("You already have an account".to_owned(), body)
}

pub(super) fn leave_address(new_email: &str, token: &str, expires_at: DateTime<Utc>) -> (String, String) {
    let (new_email, token, until) = (one_line(new_email), one_word(token), point_in_time(expires_at));
    let body = format!(
        "somebody, probably you, wants to move your account to the address {new_email}. The account moves when both addresses \
         agree. Your code is\n\n{token}\n\n\
         It agrees to the change or refuses it, until {until}. Give it to nobody.\n\n\
         If you did not ask for it, somebody else knows your password: refuse the change with the code and choose a new one."
    );
    ("Does your account move to another address?".to_owned(), body)
}

pub(super) fn join_address(token: &str, expires_at: DateTime<Utc>) -> (String, String) {
    let (token, until) = (one_word(token), point_in_time(expires_at));
    let body = format!(
        "somebody, probably you, wants to move an account to this address. Your code to agree is\n\n{token}\n\n\
         It can be used until {until}. Give it to nobody.\n\n\
         If you did not ask for it, you need not do anything."
    );
    ("Confirm your new address".to_owned(), body)
}
