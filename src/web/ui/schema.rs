//! Asking the schema inside the process, and doing something by one of its mutations.

use async_graphql::{Request as Query, Variables};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::Ui;
use crate::{
    error::Error,
    web::failure::{Failure, FieldError},
};

/// What the frame of every page shows of its reader.
const SHELL: &str = " fragment Shell on Query { me { id name confirmed } unreadNotifications }";
/// The same for a reader who is not logged in.
const NOBODY: &str = " fragment Shell on Query { __typename }";

/// What the frame of a page shows of its reader.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shell {
    /// Who is logged in.
    pub me: Option<Me>,
    /// Notifications they have not read.
    pub unread_notifications: i64,
}

/// Who is logged in.
#[derive(Debug, Clone, Deserialize)]
pub struct Me {
    /// Their global identifier.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Whether their address is confirmed.
    pub confirmed: Option<bool>,
}

impl Ui {
    /// What the frame shows of the reader: known once a document with `...Shell` was asked.
    pub fn shell(&self) -> Shell {
        self.shell.get().cloned().unwrap_or_default()
    }

    /// Asks the schema. A document with `...Shell` among its fields also finds what the frame of the page shows.
    ///
    /// # Errors
    /// The schema refused it, or the answer is not of this form.
    pub async fn ask<T: DeserializeOwned>(&self, document: &str, variables: Value) -> Result<T, Failure> {
        let mut text = document.to_owned();
        let with_shell = document.contains("...Shell");
        if with_shell {
            text.push_str(if self.is_known() { SHELL } else { NOBODY });
        }
        let data = self.send(text, variables).await?;
        if with_shell {
            let shell = Shell::deserialize(&data).map_err(|e| Failure::of(Error::Internal(e.into()), self.locale()))?;
            let _ = self.shell.set(shell);
        }
        T::deserialize(data).map_err(|error| Failure::of(Error::Internal(error.into()), self.locale()))
    }

    /// Finds what the frame shows, for a page that asks for nothing else.
    ///
    /// # Errors
    /// The schema refused it.
    pub async fn ask_shell(&self) -> Result<(), Failure> {
        if self.is_known() && self.shell.get().is_none() {
            self.ask::<serde::de::IgnoredAny>("{ ...Shell }", Value::Null).await?;
        }
        Ok(())
    }

    async fn send(&self, document: String, variables: Value) -> Result<Value, Failure> {
        let request = Query::new(document).variables(Variables::from_json(variables));
        let response = self.gate.answer_page(&self.viewer, request).await;
        if let Some(error) = response.errors.first() {
            return Err(Failure::answered(error));
        }
        response.data.into_json().map_err(|error| Failure::of(Error::Internal(error.into()), self.locale()))
    }

    /// Does something: a mutation of this name with this input; gives its payload, of which `select` names the fields.
    ///
    /// A form carries a key, so that sending it twice does it once.
    ///
    /// # Errors
    /// [`Failure::Refused`] with what is wrong, by field; or the schema refused all of it.
    pub async fn mutate(&self, name: &str, mut input: Value, select: &str) -> Result<Value, Failure> {
        let mut kind = name.to_owned();
        if let Some(first) = kind.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        if name == "createInitiative" {
            // Its input is that of no single mutation in the contract.
            kind = "Initiative".into();
        }
        if !self.errors().is_empty() {
            return Err(Failure::Refused(self.errors().to_vec()));
        }
        let key = self.form.get("key");
        if let (Some(input), false) = (input.as_object_mut(), key.is_empty()) {
            // A page may do several things; each has a key of its own.
            input.entry("clientMutationId").or_insert_with(|| json!(format!("{key}-{name}")));
        }
        let document =
            format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {select} userErrors {{ code message path }} }} }}");
        let mut data = self.send(document, json!({ "input": input })).await?;
        let payload = data.get_mut(name).map(Value::take).unwrap_or_default();
        // An answer that does not say what was refused must not pass for one that refuses nothing.
        let errors = Vec::<FieldError>::deserialize(payload.get("userErrors").unwrap_or(&Value::Null));
        let errors = errors.map_err(|error| Failure::of(Error::Internal(error.into()), self.locale()))?;
        if errors.is_empty() { Ok(payload) } else { Err(Failure::Refused(errors)) }
    }
}
