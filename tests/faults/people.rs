//! Who acts.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use sqlx::PgPool;
use uuid::Uuid;
use veche::{app::Entropy, gid, identity::Keys};

pub struct People {
    tokens: HashMap<Uuid, String>,
    citizens: Vec<Uuid>,
    experts: Vec<Uuid>,
    pub officer: Uuid,
    pub service: Uuid,
    /// Global identifiers.
    pub department: String,
    pub groups: Vec<String>,
    /// A day in the future.
    pub next_year: String,
}

impl People {
    /// Makes accounts with sessions, a department, and two working groups that all experts work in.
    pub async fn settle(db: &PgPool) -> Self {
        let (keys, entropy) = (Keys::new(&[7; 32]).unwrap(), Entropy::system());
        let mut tokens = HashMap::new();
        let mut make = async |name: &str, kind: &str, role: &str| {
            let id = Uuid::new_v4();
            let token = format!("{name}-{}", id.simple());
            sqlx::query(
                "with p as (insert into participants (id, kind, name, roles, confirmed_at, locale, email_index, email_sealed)
                            values ($1, $2, $3, array['CITIZEN', $4], veche_now(), 'en', $5, $6))
                 insert into sessions (token_hash, participant_id, expires_at) values ($7, $1, veche_now() + interval '1 year')",
            )
            .bind(id)
            .bind(kind)
            .bind(name)
            .bind(role)
            .bind(id.as_bytes().to_vec())
            .bind(keys.seal(&entropy, id, &format!("{}@example.org", id.simple())).unwrap())
            .bind(Sha256::digest(token.as_bytes()).to_vec())
            .execute(db)
            .await
            .unwrap();
            tokens.insert(id, token);
            id
        };
        let (mut citizens, mut experts) = (Vec::new(), Vec::new());
        for n in 0..30 {
            citizens.push(make(&format!("Citizen{n}"), "PERSON", "CITIZEN").await);
        }
        for n in 0..4 {
            experts.push(make(&format!("Expert{n}"), "PERSON", "EXPERT").await);
        }
        let officer = make("Officer", "PERSON", "DEPARTMENT_OFFICER").await;
        let service = make("Mailbox", "SERVICE", "SERVICE").await;
        let (department, groups) = (Uuid::new_v4(), [Uuid::new_v4(), Uuid::new_v4()]);
        sqlx::query(
            "with d as (insert into departments (id, key, name_ru, name_en) values ($1, 'city', 'Город', 'City')),
                  m as (insert into department_members values ($1, $2)),
                  g as (insert into working_groups (id, key, name_ru, name_en) select id, 'g' || n, 'Группа', 'Group'
                        from unnest($3::uuid[]) with ordinality u(id, n))
             insert into working_group_members (group_id, participant_id) select g, e from unnest($3::uuid[]) g, unnest($4::uuid[]) e",
        )
        .bind(department)
        .bind(officer)
        .bind(groups)
        .bind(&experts)
        .execute(db)
        .await
        .unwrap();
        let next_year: String = sqlx::query_scalar("select (current_date + 365)::text").fetch_one(db).await.unwrap();
        Self {
            tokens,
            citizens,
            experts,
            officer,
            service,
            department: gid::encode(gid::Kind::Department, department).to_string(),
            groups: groups.iter().map(|id| gid::encode(gid::Kind::WorkingGroup, *id).to_string()).collect(),
            next_year,
        }
    }

    pub fn token(&self, who: Uuid) -> &str {
        &self.tokens[&who]
    }

    pub fn citizen(&self, dice: u64) -> Uuid {
        one(&self.citizens, dice)
    }

    pub fn citizen_but(&self, dice: u64, not: Uuid) -> Uuid {
        let citizen = self.citizen(dice);
        if citizen == not { self.citizen(dice.wrapping_add(1 << 8)) } else { citizen }
    }

    pub fn expert(&self, dice: u64) -> Uuid {
        one(&self.experts, dice)
    }
}

/// By other digits of the dice than those that choose what is done.
fn one(people: &[Uuid], dice: u64) -> Uuid {
    people[usize::try_from((dice >> 8) % people.len() as u64).unwrap()]
}
