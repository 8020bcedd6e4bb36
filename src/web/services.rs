//! Services of the city: how to get something, where, from whom.

use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    failure::Failure,
    map::Map,
    parts::{List, Named},
    ui::{Answer, Ui},
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/services", list).page("/services/:id", show)
}

const LIST: &str = "query($department: ID, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    services(filter: { departmentId: $department }, first: $first, after: $after, last: $last, before: $before) {
        nodes { ...Service } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
    departments { id name }
}";
const SHOW: &str = "query($id: ID!) { ...Shell service(id: $id) { ...Service url withdrawnAt } }";
const SERVICE: &str = "fragment Service on Service { id name description department { id name } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    id: String,
    name: String,
    description: String,
    department: Option<Named>,
    url: Option<String>,
    withdrawn_at: Option<String>,
}

#[derive(Template)]
#[template(path = "services/list.html")]
struct ListPage {
    ui: Ui,
    services: List<Service>,
    departments: Vec<Named>,
}

#[derive(Template)]
#[template(path = "services/show.html")]
struct ShowPage {
    ui: Ui,
    service: Service,
}

impl ListPage {
    /// The department whose services are shown, if only those of one are.
    fn department(&self) -> Option<&Named> {
        self.departments.iter().find(|department| department.id == self.ui.arg("department"))
    }

    /// The address for a department's services; of all for none.
    fn only(&self, department: &str) -> String {
        self.ui.with_args(&[("department", department), ("after", ""), ("before", "")])
    }
}

impl Service {
    /// Where on the web it is asked for, and the host that a click leads to. Nothing but pages of the web is linked.
    fn link(&self) -> Option<(&str, String)> {
        let address = self.url.as_deref()?;
        let url = url::Url::parse(address).ok().filter(|url| ["http", "https"].contains(&url.scheme()))?;
        // As it was written: a name in Russian letters would be `xn--…` in the parsed one.
        let written = address.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).filter(|host| !host.is_empty());
        let host = written.or(url.host_str())?;
        Some((address, host.strip_prefix("www.").unwrap_or(host).to_owned()))
    }
}

async fn list(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    struct Data {
        services: List<Service>,
        departments: Vec<Named>,
    }
    let mut variables = ui.paging(20);
    variables.insert("department".into(), ui.arg_value("department"));
    let data: Data = ui.ask(&format!("{LIST} {SERVICE}"), Value::Object(variables)).await?;
    ui.page(&ListPage { services: data.services, departments: data.departments, ui: ui.clone() })
}

async fn show(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    struct Data {
        service: Option<Service>,
    }
    let data: Data = ui.ask(&format!("{SHOW} {SERVICE}"), json!({ "id": ui.param("id") })).await?;
    let service = data.service.ok_or(Failure::NotFound)?;
    ui.page(&ShowPage { service, ui: ui.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: Option<&str>) -> Service {
        let (id, name, description) = (String::new(), String::new(), String::new());
        Service { id, name, description, department: None, url: url.map(str::to_owned), withdrawn_at: None }
    }

    #[test]
    fn only_pages_of_the_web_are_linked() {
        let host = |url: &str| at(Some(url)).link().map(|(_, host)| host);
        assert_eq!(host("https://www.zarechye.example/light?x=1").as_deref(), Some("zarechye.example"));
        assert_eq!(host("https://заречье.рф/свет").as_deref(), Some("заречье.рф"));
        for odd in ["javascript:alert(1)", "data:text/html,x", "no address", ""] {
            assert_eq!(host(odd), None, "{odd}");
        }
        assert!(at(None).link().is_none());
    }
}
