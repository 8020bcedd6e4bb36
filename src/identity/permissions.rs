//! What one may do: every act of the service, who may do it, and what a token must have been made for. Whether the
//! *object* allows it (one's own draft, one's own group) is asked of the object by its room.

use uuid::Uuid;

use super::{Role, TokenScope, Viewer};
use crate::error::{Error, ErrorCode, Refusal, Result};

/// Something that somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Read what is one's own.
    ReadOwn,
    /// Change one's own account.
    ManageOwn,
    /// Make and revoke tokens for oneself.
    ManageTokens,
    /// Propose an initiative and look after it.
    Propose,
    /// Vote on initiatives.
    Vote,
    /// Comment, vote on comments, flag.
    Discuss,
    /// Follow things.
    Follow,
    /// Write to the service under one's own name.
    Report,
    /// Write down what somebody said on the telephone.
    Operate,
    /// Bring messages from a channel.
    Intake,
    /// Carry answers out, act for people who write on a channel, see what they wrote.
    Converse,
    /// Decide on initiatives under review.
    Review,
    /// Answer an accepted initiative and see it done.
    AnswerInitiative,
    /// Hide texts, look at flags.
    Moderate,
    /// Work on tickets and clusters.
    Triage,
    /// Read how the machine does.
    Inspect,
    /// Accounts, roles, groups, departments, jobs.
    Administer,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::ReadOwn,
        Self::ManageOwn,
        Self::ManageTokens,
        Self::Propose,
        Self::Vote,
        Self::Discuss,
        Self::Follow,
        Self::Report,
        Self::Operate,
        Self::Intake,
        Self::Converse,
        Self::Review,
        Self::AnswerInitiative,
        Self::Moderate,
        Self::Triage,
        Self::Inspect,
        Self::Administer,
    ];

    /// The roles that may.
    const fn roles(self) -> &'static [Role] {
        use Role::{Administrator, Citizen, DepartmentOfficer, Expert, Moderator, Service};
        match self {
            Self::ReadOwn | Self::ManageOwn => &[Citizen, Expert, Moderator, DepartmentOfficer, Administrator, Service],
            Self::ManageTokens => &[Citizen, Expert, Moderator, DepartmentOfficer, Administrator],
            Self::Propose | Self::Vote | Self::Discuss | Self::Follow | Self::Report => {
                &[Citizen, Expert, Moderator, DepartmentOfficer, Administrator]
            }
            Self::Operate | Self::Inspect => &[Expert, Moderator, Administrator],
            Self::Intake | Self::Converse => &[Service],
            Self::Review => &[DepartmentOfficer, Moderator, Administrator],
            Self::AnswerInitiative => &[DepartmentOfficer, Administrator],
            Self::Moderate => &[Moderator, Administrator],
            Self::Triage => &[Expert, Administrator],
            Self::Administer => &[Administrator],
        }
    }

    /// What a token must have been made for.
    const fn scope(self) -> TokenScope {
        match self {
            Self::ReadOwn => TokenScope::Read,
            Self::Propose | Self::Vote | Self::Discuss | Self::Follow | Self::Report => TokenScope::Participate,
            Self::Intake => TokenScope::Intake,
            Self::Converse => TokenScope::Converse,
            Self::Operate | Self::Review | Self::AnswerInitiative | Self::Moderate | Self::Triage | Self::Inspect => TokenScope::Triage,
            // A token must not be able to make more of itself.
            Self::ManageOwn | Self::ManageTokens | Self::Administer => TokenScope::Administer,
        }
    }

    /// Whether an account whose address is not confirmed may do it.
    const fn before_confirmation(self) -> bool {
        matches!(self, Self::ReadOwn | Self::ManageOwn)
    }
}

impl Viewer {
    /// The participant, if they may do this.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`; `FORBIDDEN` when role or scope stands against it; `NOT_CONFIRMED` when only the address does.
    pub fn may(&self, act: Act) -> Result<Uuid> {
        let id = self.id.ok_or(Error::Unauthenticated)?;
        let role = act.roles().iter().any(|role| self.is(*role));
        let scope = self.scopes.as_ref().is_none_or(|scopes| scopes.contains(&act.scope()));
        if !role || !scope {
            return Err(Error::Forbidden);
        }
        if !self.confirmed && !act.before_confirmation() {
            return Err(Refusal::new(ErrorCode::NotConfirmed, "").into());
        }
        Ok(id)
    }

    /// Whether they may do this.
    pub fn can(&self, act: Act) -> bool {
        self.may(act).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;

    fn viewer(role: Role) -> Viewer {
        Viewer { id: Some(Uuid::nil()), roles: vec![role], confirmed: true, ..Viewer::anonymous(Locale::Ru, None) }
    }

    #[test]
    fn nobody_may_do_nothing() {
        let nobody = Viewer::anonymous(Locale::Ru, None);
        assert!(Act::ALL.iter().all(|act| matches!(nobody.may(*act), Err(Error::Unauthenticated))));
    }

    #[test]
    fn a_citizen_has_no_power_over_others_and_a_service_only_brings_and_carries_messages() {
        let acts = |role| Act::ALL.into_iter().filter(|act| viewer(role).can(*act)).collect::<Vec<_>>();
        for act in [
            Act::Operate,
            Act::Intake,
            Act::Converse,
            Act::Review,
            Act::AnswerInitiative,
            Act::Moderate,
            Act::Triage,
            Act::Inspect,
            Act::Administer,
        ] {
            assert!(!acts(Role::Citizen).contains(&act), "{act:?}");
        }
        assert_eq!(acts(Role::Service), [Act::ReadOwn, Act::ManageOwn, Act::Intake, Act::Converse]);
        let brings = Viewer { scopes: Some(vec![TokenScope::Intake]), ..viewer(Role::Service) };
        assert!(brings.can(Act::Intake) && !brings.can(Act::Converse));
    }

    #[test]
    fn a_token_may_do_only_what_it_was_made_for_and_an_unconfirmed_person_only_reads() {
        let token = Viewer { scopes: Some(vec![TokenScope::Participate]), ..viewer(Role::Administrator) };
        assert!(token.can(Act::Vote) && !token.can(Act::Administer) && !token.can(Act::ManageTokens) && !token.can(Act::ReadOwn));
        let unconfirmed = Viewer { confirmed: false, ..viewer(Role::Citizen) };
        assert!(unconfirmed.can(Act::ReadOwn) && !unconfirmed.can(Act::Vote));
    }
}
