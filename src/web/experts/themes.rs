//! What people write about, in large: themes with their largest clusters, for everybody.

use askama::Template;
use serde::Deserialize;

use crate::web::{
    parts::List,
    ui::{Answer, Ui},
};

/// Themes on a page.
const SIZE: i32 = 20;

const THEMES: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    themes(first: $first, after: $after, last: $last, before: $before) {
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { id label size clusterCount clusters(first: 5) { id label size } }
    }
}";

#[derive(Deserialize)]
struct Data {
    themes: List<Theme>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Theme {
    id: String,
    label: String,
    size: i64,
    cluster_count: i64,
    clusters: Vec<Cluster>,
}

#[derive(Deserialize)]
struct Cluster {
    id: String,
    label: String,
    size: i64,
}

#[derive(Template)]
#[template(path = "experts/themes.html")]
struct Themes {
    ui: Ui,
    themes: List<Theme>,
}

/// The themes.
pub async fn show(ui: Ui) -> Answer {
    let data: Data = ui.ask(THEMES, ui.paging(SIZE).into()).await?;
    ui.page(&Themes { themes: data.themes, ui: ui.clone() })
}
