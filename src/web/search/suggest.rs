//! What the search boxes say while somebody types.

use poem::{Response, http::header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::web::ui::{Answer, Ui};

#[derive(Deserialize)]
struct Data {
    suggest: Vec<Suggestion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suggestion {
    text: String,
    segments: Vec<super::Segment>,
    kind: Option<String>,
    node_id: Option<String>,
}

impl Suggestion {
    /// Its words in pieces with whether each was typed, where it leads, and what it is.
    fn shown(&self, ui: &Ui) -> Value {
        let pieces: Vec<(&str, bool)> = self.segments.iter().map(|segment| (segment.text.as_str(), segment.hit)).collect();
        let what = self.kind.as_ref().map_or_else(|| ui.t("suggest-query"), |kind| ui.named("suggest-kind", kind));
        let href = self.node_id.as_ref().map_or_else(|| super::saved::searched(&self.text, &[]), |id| format!("/node/{id}"));
        json!({ "text": self.text, "pieces": pieces, "what": what, "href": href })
    }
}

const SUGGEST: &str = "query($prefix: String!) { suggest(prefix: $prefix) { text segments { text hit } kind nodeId } }";

/// The suggestions for what was typed, for the script that shows them.
pub async fn show(ui: Ui) -> Answer {
    let prefix: String = ui.arg("q").chars().filter(|c| !c.is_control()).take(200).collect();
    let data: Data = ui.ask(SUGGEST, json!({ "prefix": prefix })).await?;
    let suggestions: Vec<Value> = data.suggest.iter().map(|suggestion| suggestion.shown(&ui)).collect();
    let answer = Response::builder().content_type("application/json; charset=utf-8").header(header::CACHE_CONTROL, "no-store");
    Ok(answer.header(header::VARY, "Cookie, Accept-Language").body(Value::from(suggestions).to_string()))
}
