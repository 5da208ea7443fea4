//! Who may do what: roles the crate knows, and the subjects under which further rights are stored.
//! Pure: the hub asks the store and combines both.

use crate::model::{Actor, Right};

/// What each role may do without a row in `rights`. Other roles start with nothing.
const ROLES: [(&str, &[Right]); 3] = [
    ("admin", Right::ALL),
    (
        "operator",
        &[
            Right::AppsRead,
            Right::ShopsRead,
            Right::ShopsConnect,
            Right::ProductsRead,
            Right::ProductsWrite,
            Right::OrdersRead,
            Right::OrdersShip,
            Right::MarketingRead,
            Right::MarketingManage,
            Right::PromotionsRead,
            Right::PromotionsWrite,
            Right::MediaRead,
            Right::MediaWrite,
            Right::Sync,
        ],
    ),
    ("viewer", &[Right::ShopsRead, Right::ProductsRead, Right::PromotionsRead, Right::MediaRead]),
];

/// Whether the actor has the right by role alone.
pub(crate) fn has_by_role(actor: &Actor, right: Right) -> bool {
    match actor {
        Actor::System => true,
        Actor::User { roles, .. } => roles.iter().any(|role| role_has(role, right)),
    }
}

/// The subjects whose stored rights count for the actor.
pub(crate) fn subjects(actor: &Actor) -> Vec<String> {
    match actor {
        Actor::System => Vec::new(),
        Actor::User { id, roles } => {
            let own = std::iter::once(format!("user:{id}"));
            own.chain(roles.iter().map(|role| format!("role:{role}"))).collect()
        }
    }
}

fn role_has(role: &str, right: Right) -> bool {
    ROLES.iter().any(|(name, rights)| *name == role && rights.contains(&right))
}

#[cfg(test)]
mod tests {
    use super::{has_by_role, subjects};
    use crate::model::{Actor, Right};

    fn user(role: &str) -> Actor {
        Actor::User { id: "u1".into(), roles: vec![role.into()] }
    }

    #[test]
    fn system_may_everything_and_an_unknown_role_nothing() {
        for right in Right::ALL {
            assert!(has_by_role(&Actor::System, *right));
            assert!(has_by_role(&user("admin"), *right));
            assert!(!has_by_role(&user("stranger"), *right));
        }
    }

    #[test]
    fn an_operator_may_sync_but_neither_call_raw_nor_change_rights() {
        assert!(has_by_role(&user("operator"), Right::Sync));
        for right in [
            Right::Raw,
            Right::OrdersDecrypt,
            Right::RightsManage,
            Right::AppsManage,
            Right::ShopsAdopt,
            Right::AuditRead,
            Right::Maintenance,
        ] {
            assert!(!has_by_role(&user("operator"), right), "{right}");
        }
    }

    #[test]
    fn a_role_cannot_pose_as_a_user() {
        let actor = Actor::User { id: "u1".into(), roles: vec!["user:u2".into()] };
        assert_eq!(subjects(&actor), ["user:u1", "role:user:u2"]);
    }
}
