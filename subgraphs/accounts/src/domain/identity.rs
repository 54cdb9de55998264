//! Accounts at other providers: who somebody is there, and what an operator lets that mean here.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use polyphony_kit::{Role, UserId, typed_id};

use super::{Email, Refusal};

typed_id!(
    /// An account at a provider that a person signs in with.
    IdentityId,
    "idn"
);

/// Who somebody is, as a provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider's id in our configuration.
    pub provider: String,
    /// The person's id there.
    pub subject: String,
    /// Their address.
    pub email: Option<Email>,
    /// Whether the provider has made sure that the address is theirs; absent when it does not say.
    pub email_verified: Option<bool>,
    /// What they are called.
    pub name: Option<String>,
    /// The groups that they belong to there; absent when the provider does not say.
    pub groups: Option<Vec<String>>,
}

/// An identity that a person has linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedIdentity {
    /// Its id here.
    pub id: IdentityId,
    /// Whom it signs in.
    pub user_id: UserId,
    /// The provider's id in our configuration.
    pub provider: String,
    /// The address that the provider gave last.
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
    /// When it last signed in.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What the word of a provider is worth, as its operator says. The default believes the least.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderPolicy {
    /// An address without `email_verified` counts as verified. One that the provider calls unverified never does.
    pub assume_email_verified: bool,
    /// Who comes with the verified address of an account is let into it. Never into an admin's.
    pub link_by_email: bool,
    /// Only addresses of these domains may sign in; empty: all.
    pub allowed_domains: Vec<String>,
    /// Only members of one of these groups may sign in; empty: all.
    pub allowed_groups: Vec<String>,
    /// The role that a group gives, set anew at each sign-in; empty: roles are left alone.
    pub roles: BTreeMap<String, Role>,
}

impl ProviderPolicy {
    /// The address of this identity, if it counts as theirs.
    pub fn verified_email<'a>(&self, identity: &'a Identity) -> Option<&'a Email> {
        identity.email.as_ref().filter(|_| identity.email_verified.unwrap_or(self.assume_email_verified))
    }

    /// Whether this identity may sign in here at all.
    pub fn admit(&self, identity: &Identity) -> Result<(), Refusal> {
        let domain = self.verified_email(identity).map(Email::domain);
        let is_of_domain = self.allowed_domains.is_empty()
            || domain.is_some_and(|domain| self.allowed_domains.iter().any(|allowed| allowed == domain));
        let groups = identity.groups.as_deref().unwrap_or_default();
        let is_in_group =
            self.allowed_groups.is_empty() || self.allowed_groups.iter().any(|allowed| groups.contains(allowed));
        if is_of_domain && is_in_group { Ok(()) } else { Err(Refusal::IdentityNotAdmitted) }
    }

    /// The role that this identity has by its groups: the highest; without any that gives one, LISTENER. `None` when roles are not
    /// given by groups, or the provider did not say any.
    pub fn role(&self, identity: &Identity) -> Option<Role> {
        let groups = identity.groups.as_ref().filter(|_| !self.roles.is_empty())?;
        Some(groups.iter().filter_map(|group| self.roles.get(group).copied()).max().unwrap_or(Role::Listener))
    }

    /// Whether the groups of a person are needed.
    pub fn needs_groups(&self) -> bool {
        !self.roles.is_empty() || !self.allowed_groups.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(email_verified: Option<bool>, groups: &[&str]) -> Identity {
        Identity {
            provider: "p".to_owned(),
            subject: "1".to_owned(),
            email: Email::parse("nina@school.example"),
            email_verified,
            name: None,
            groups: Some(groups.iter().map(|group| (*group).to_owned()).collect()),
        }
    }

    #[test]
    fn an_address_counts_when_the_provider_says_so_or_the_operator_does_for_it() {
        let assuming = ProviderPolicy { assume_email_verified: true, ..ProviderPolicy::default() };
        for (said, by_default, assumed) in [(Some(true), true, true), (None, false, true), (Some(false), false, false)]
        {
            let identity = identity(said, &[]);
            assert_eq!(ProviderPolicy::default().verified_email(&identity).is_some(), by_default, "{said:?}");
            assert_eq!(assuming.verified_email(&identity).is_some(), assumed, "{said:?}");
        }
    }

    #[test]
    fn domains_and_groups_keep_others_out() {
        let of_school = ProviderPolicy { allowed_domains: vec!["school.example".to_owned()], ..Default::default() };
        assert_eq!(of_school.admit(&identity(Some(true), &[])), Ok(()));
        // A domain that nobody has verified is no domain.
        assert_eq!(of_school.admit(&identity(None, &[])), Err(Refusal::IdentityNotAdmitted));
        let elsewhere = Identity { email: Email::parse("nina@school.example.org"), ..identity(Some(true), &[]) };
        assert_eq!(of_school.admit(&elsewhere), Err(Refusal::IdentityNotAdmitted));
        let of_choir = ProviderPolicy { allowed_groups: vec!["choir".to_owned()], ..Default::default() };
        assert_eq!(of_choir.admit(&identity(None, &["band", "choir"])), Ok(()));
        assert_eq!(of_choir.admit(&identity(None, &["band"])), Err(Refusal::IdentityNotAdmitted));
        assert_eq!(
            of_choir.admit(&Identity { groups: None, ..identity(None, &[]) }),
            Err(Refusal::IdentityNotAdmitted)
        );
    }

    #[test]
    fn the_highest_group_gives_the_role_and_no_word_of_groups_changes_nothing() {
        let roles = BTreeMap::from([("staff".to_owned(), Role::Creator), ("it".to_owned(), Role::Admin)]);
        let policy = ProviderPolicy { roles, ..Default::default() };
        assert_eq!(policy.role(&identity(None, &["staff", "it", "x"])), Some(Role::Admin));
        assert_eq!(policy.role(&identity(None, &["x"])), Some(Role::Listener));
        assert_eq!(policy.role(&Identity { groups: None, ..identity(None, &[]) }), None);
        assert_eq!(ProviderPolicy::default().role(&identity(None, &["it"])), None);
    }
}
