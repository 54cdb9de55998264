//! Mails that are refused: for now, for good, or because the mail server is away; and addresses beyond ASCII.

use polyphony_events::{UserId, accounts::UserRegistered};
use sqlx::PgPool;
use tokio::net::TcpListener;

use crate::{
    rig::{Rig, registered},
    smtp::MailServer,
};

impl Rig {
    /// Somebody with this address has registered, so there is a welcome to send.
    async fn welcome(&self, email: &str) {
        self.hear(&self.event(&UserRegistered { email: email.to_owned(), ..registered(UserId::new(), "Ann") })).await;
    }

    async fn given_up(&self) -> i64 {
        self.count("select count(*) from mails where given_up_at is not null").await
    }

    /// Lets this much time pass, looking every few minutes as a sender does.
    async fn pass(&self, sender: &polyphony_notifier::sender::Sender, minutes: i64) {
        for _ in 0..minutes / 5 {
            while sender.send_due().await.unwrap() > 0 {}
            self.advance(5 * 60);
        }
    }
}

#[sqlx::test(migrations = false)]
async fn what_is_refused_for_now_is_tried_for_three_days(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    rig.welcome("ann@example.org").await;
    let sender = rig.sender_over(&server.url).await;
    server.answer("ann", "450 4.2.1 mailbox of ann@example.org busy");
    assert_eq!(sender.send_due().await.unwrap(), 1);
    assert_eq!(sender.send_due().await.unwrap(), 0, "not again at once");
    rig.pass(&sender, 70 * 60).await;
    assert_eq!(rig.given_up().await, 0, "after 70 hours");
    server.be_kind();
    rig.pass(&sender, 65).await;
    assert_eq!(server.arrived().len(), 1, "within an hour");
    assert_eq!(rig.count("select count(*) from mails where last_error like '%ann@%'").await, 0);
}

#[sqlx::test(migrations = false)]
async fn what_is_refused_for_three_days_is_given_up(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    rig.welcome("ann@example.org").await;
    let sender = rig.sender_over(&server.url).await;
    server.answer("ann", "450 busy");
    rig.pass(&sender, 73 * 60).await;
    assert_eq!(rig.given_up().await, 1);
    let attempts = rig.count("select attempts::bigint from mails").await;
    assert!((70..90).contains(&attempts), "{attempts} attempts");
}

#[sqlx::test(migrations = false)]
async fn what_is_refused_for_good_is_not_tried_again_and_blocks_nobody(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    server.answer("dead", "550 5.1.1 no such user dead@example.org");
    rig.welcome("dead@example.org").await;
    rig.welcome("ann@example.org").await;
    let sender = rig.sender_over(&server.url).await;
    assert_eq!(sender.send_due().await.unwrap(), 2);
    assert_eq!((server.arrived().len(), rig.given_up().await), (1, 1));
    assert_eq!(rig.count("select count(*) from mails where last_error like '%5.1.1 no such user <address>%'").await, 1);
    server.be_kind();
    rig.pass(&sender, 120).await;
    assert_eq!(server.arrived().len(), 1);
}

#[sqlx::test(migrations = false)]
async fn a_mail_server_that_is_down_costs_no_mail_an_attempt(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for number in 0..12 {
        rig.welcome(&format!("person{number}@example.org")).await;
    }
    let sender = rig.sender_over(&format!("smtp://{address}")).await;
    rig.pass(&sender, 45).await;
    assert_eq!(rig.count("select coalesce(max(attempts), 0)::bigint from mails").await, 0);
    let server = MailServer::at(TcpListener::bind(address).await.unwrap());
    rig.pass(&sender, 10).await;
    assert_eq!((server.arrived().len(), rig.given_up().await), (12, 0));
}

#[sqlx::test(migrations = false)]
async fn a_mail_server_that_lets_nobody_in_is_away_and_refuses_no_mail(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    rig.welcome("ann@example.org").await;
    server.rules.lock().unwrap().greeting = Some("554 5.3.2 closed for maintenance");
    let sender = rig.sender_over(&server.url).await;
    rig.pass(&sender, 45).await;
    assert_eq!(rig.given_up().await, 0);
    server.be_kind();
    rig.pass(&sender, 10).await;
    assert_eq!(server.arrived().len(), 1);
}

#[sqlx::test(migrations = false)]
async fn a_sender_whose_address_is_refused_loses_no_mail(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    rig.welcome("ann@example.org").await;
    server.answer("ann", "550 5.1.8 sender address rejected");
    let sender = rig.sender_over(&server.url).await;
    sender.send_due().await.unwrap();
    assert_eq!(rig.given_up().await, 0);
}

#[sqlx::test(migrations = false)]
async fn an_international_domain_is_delivered_in_its_ascii_form(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    rig.welcome("ann@bücher.example").await;
    rig.sender_over(&server.url).await.send_due().await.unwrap();
    assert_eq!(server.arrived()[0].to, "ann@xn--bcher-kva.example");
    assert!(
        server.arrived()[0].data.contains("To: Ann <ann@xn--bcher-kva.example>\r\n"),
        "{}",
        server.arrived()[0].data
    );
}

#[sqlx::test(migrations = false)]
async fn a_local_part_beyond_ascii_needs_a_server_that_takes_it(pool: PgPool) {
    let (rig, server) = (Rig::new(pool).await, MailServer::start().await);
    let sender = rig.sender_over(&server.url).await;
    rig.welcome("jürgen@example.org").await;
    sender.send_due().await.unwrap();
    assert_eq!((server.arrived().len(), rig.given_up().await), (0, 1));
    assert_eq!(rig.count("select count(*) from mails where last_error like '%SMTPUTF8%'").await, 1);

    server.rules.lock().unwrap().smtputf8 = true;
    rig.welcome("jürgen@example.org").await;
    rig.sender_over(&server.url).await.send_due().await.unwrap();
    assert_eq!(server.arrived()[0].to, "jürgen@example.org");
}
