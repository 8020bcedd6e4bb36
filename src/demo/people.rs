use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, rngs::StdRng};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{PASSWORD, data, sql};
use crate::{
    app::App,
    error::{Error, ErrorCode},
    i18n::Locale,
    identity::{self, GroupRole, Purpose, Role, Viewer},
    organisation::{self, New, Part},
};

/// Voters besides those whose names stand in the file.
const VOTERS: usize = 120;
const WOMEN: [&str; 12] = ["Анна", "Мария", "Гузель", "Светлана", "Нина", "Карина", "Любовь", "Оксана", "Диана", "Ева", "Регина", "Таисия"];
const MEN: [&str; 12] = ["Иван", "Пётр", "Марат", "Сергей", "Юрий", "Семён", "Арсений", "Григорий", "Давид", "Тихон", "Руслан", "Матвей"];
/// Family names as men have them; women's end in `а`.
const FAMILIES: [&str; 10] =
    ["Ручейников", "Осинин", "Камышов", "Ставнев", "Лозин", "Ключарёв", "Хмелёв", "Дубравин", "Пескарёв", "Туманов"];

/// Who and what there is in the made-up city, by the names that the files use.
#[derive(Debug, Default)]
pub struct City {
    pub territories: HashMap<String, Uuid>,
    pub topics: HashMap<String, Uuid>,
    pub departments: HashMap<String, Uuid>,
    pub groups: HashMap<String, Uuid>,
    /// Everybody who writes in Russian, without an office.
    pub citizens: Vec<Uuid>,
    /// The same in English.
    pub english: Vec<Uuid>,
    /// Everybody.
    pub voters: Vec<Uuid>,
    /// Experts with their group.
    pub experts: Vec<(Uuid, Uuid)>,
    /// The officer of each department.
    pub officers: HashMap<Uuid, Uuid>,
}

impl City {
    /// An expert of a group, as they would be logged in.
    pub fn expert(&self, group: Uuid) -> Result<(Uuid, Viewer)> {
        let found = self.experts.iter().find(|(_, of)| *of == group);
        let (id, _) = *found.context("a working group has no expert")?;
        let viewer = Viewer {
            id: Some(id),
            roles: vec![Role::Citizen, Role::Expert],
            confirmed: true,
            groups: vec![(group, GroupRole::Lead)],
            ..Viewer::anonymous(Locale::Ru, None)
        };
        Ok((id, viewer))
    }
}

/// A key of a thing that was made at a time.
pub fn id_at(rng: &mut StdRng, at: DateTime<Utc>) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.timestamp_millis()).unwrap_or(0), &rng.random()).into_uuid()
}

async fn entries(
    tx: &mut PgConnection,
    app: &App,
    part: Part,
    of: &[data::Entry],
    departments: &HashMap<String, Uuid>,
) -> Result<HashMap<String, Uuid>> {
    let mut made = HashMap::new();
    for entry in of {
        let key = entry.key();
        let new = New {
            key: key.clone(),
            name_ru: entry.name_ru.clone(),
            name_en: entry.name_en.clone(),
            description_ru: entry.description_ru.clone(),
            description_en: entry.description_en.clone(),
            department: entry.departments.first().and_then(|key| departments.get(key)).copied(),
            url: entry.url.clone(),
        };
        let id = match organisation::insert(tx, app, None, part, new).await {
            Ok(row) => row.id,
            // Somebody has begun to set the installation up: theirs will do.
            Err(Error::Refused(refusals)) if refusals.iter().all(|r| r.code == ErrorCode::AlreadyExists) => {
                organisation::sql::by_key(&mut *tx, part, &key).await?
            }
            Err(error) => return Err(error.into()),
        };
        made.insert(if part == Part::Territory { entry.name_ru.clone() } else { key }, id);
    }
    Ok(made)
}

fn role(name: &str) -> Result<&'static str> {
    let known = ["CITIZEN", "EXPERT", "MODERATOR", "DEPARTMENT_OFFICER", "ADMINISTRATOR"];
    known.into_iter().find(|role| *role == name).with_context(|| format!("unknown role {name:?}"))
}

/// Bytes as PostgreSQL reads them.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("\\x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// Makes the organisation, the people and the accounts.
pub async fn settle(tx: &mut PgConnection, app: &App, file: &data::Organisation, rng: &mut StdRng, now: DateTime<Utc>) -> Result<City> {
    let none = HashMap::new();
    let departments = entries(tx, app, Part::Department, &file.departments, &none).await?;
    entries(tx, app, Part::Service, &file.services, &departments).await?;
    let mut city = City {
        territories: entries(tx, app, Part::Territory, &file.territories, &none).await?,
        topics: entries(tx, app, Part::Topic, &file.topics, &none).await?,
        groups: entries(tx, app, Part::WorkingGroup, &file.groups, &departments).await?,
        departments,
        ..City::default()
    };
    let password = identity::hash_password(&app.entropy, PASSWORD).await?;
    let mut rows = Vec::new();
    let mut person = |name: &str, locale: Locale, bio: &str| {
        let created_at = now - TimeDelta::minutes(rng.random_range(260 * 1440..400 * 1440));
        sql::Participant {
            id: id_at(rng, created_at),
            name: name.to_owned(),
            email_index: None,
            email_sealed: None,
            password_hash: None,
            locale: locale.tag(),
            roles: vec!["CITIZEN"],
            bio: bio.to_owned(),
            created_at,
        }
    };
    for one in &file.people {
        rows.push(person(&one.name, one.locale, &one.bio));
    }
    for n in 0..VOTERS {
        let family = FAMILIES[n / 2 % FAMILIES.len()];
        let name =
            if n % 2 == 0 { format!("{} {family}а", WOMEN[n / 2 % WOMEN.len()]) } else { format!("{} {family}", MEN[n / 2 % MEN.len()]) };
        rows.push(person(&name, Locale::Ru, ""));
    }
    for account in &file.accounts {
        let known = rows.iter().position(|row| row.name == account.name);
        let at = known.unwrap_or_else(|| {
            rows.push(person(&account.name, Locale::Ru, ""));
            rows.len() - 1
        });
        let row = &mut rows[at];
        row.email_index = Some(hex(&app.keys.index(Purpose::Email, account.email.to_lowercase().as_bytes())));
        row.email_sealed = Some(hex(&app.keys.seal(&app.entropy, row.id, &account.email)?));
        row.password_hash = Some(password.clone());
        if account.role != "CITIZEN" {
            row.roles.push(role(&account.role)?);
        }
    }
    sql::insert_participants(tx, &rows).await?;
    let plain = |row: &&sql::Participant| row.roles == ["CITIZEN"];
    let named = rows.iter().filter(|row| !row.bio.is_empty()).filter(plain);
    (city.citizens, city.english) = {
        let (ru, en): (Vec<_>, Vec<_>) = named.partition(|row| row.locale == "ru");
        (ru.iter().map(|row| row.id).collect(), en.iter().map(|row| row.id).collect())
    };
    city.voters = rows.iter().map(|row| row.id).collect();
    let ids: HashMap<&str, Uuid> = rows.iter().map(|row| (row.name.as_str(), row.id)).collect();
    offices(tx, file, &ids, &mut city).await?;
    Ok(city)
}

/// Puts experts into their groups, the first of each to lead it, and officers into their departments.
async fn offices(tx: &mut PgConnection, file: &data::Organisation, ids: &HashMap<&str, Uuid>, city: &mut City) -> Result<()> {
    for account in &file.accounts {
        let key = account.email.split('.').next().unwrap_or_default();
        let Some(id) = ids.get(account.name.as_str()).copied() else { continue };
        match account.role.as_str() {
            "EXPERT" => {
                let Some(group) = city.groups.get(key).copied() else { bail!("{} is of no working group", account.email) };
                let leads = city.experts.iter().all(|(_, of)| *of != group);
                let role = if leads { GroupRole::Lead } else { GroupRole::Expert };
                organisation::sql::put_member(&mut *tx, group, id, role).await?;
                city.experts.push((id, group));
            }
            "DEPARTMENT_OFFICER" => {
                let Some(department) = city.departments.get(key).copied() else { bail!("{} is of no department", account.email) };
                organisation::sql::put_officer(&mut *tx, department, id).await?;
                city.officers.insert(department, id);
            }
            _ => (),
        }
    }
    Ok(())
}
