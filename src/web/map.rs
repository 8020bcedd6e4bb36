//! The pages by address: the router is made from it, and so is the list of pages that the tests go through.

use std::future::Future;

use poem::{Endpoint, IntoEndpoint, Request, Response, Route, RouteMethod, endpoint::make};

use super::{
    errors,
    ui::{Answer, Ui},
};

/// A page or a form of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The pattern of its address.
    pub path: &'static str,
    /// Whether it can be looked at (GET).
    pub page: bool,
    /// Whether a form is sent to it (POST).
    pub form: bool,
}

/// Addresses and what answers there.
#[derive(Default)]
pub struct Map {
    route: Route,
    /// All of them.
    pub places: Vec<Place>,
}

impl Map {
    /// Something to look at.
    #[must_use]
    pub fn page<F, Fut>(self, path: &'static str, show: F) -> Self
    where
        F: Fn(Ui) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.add(Place { path, page: true, form: false }, RouteMethod::new().get(endpoint(show)))
    }

    /// Something to do by a form.
    #[must_use]
    pub fn action<F, Fut>(self, path: &'static str, act: F) -> Self
    where
        F: Fn(Ui) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.add(Place { path, page: false, form: true }, RouteMethod::new().post(endpoint(act)))
    }

    /// A page with a form that is sent to the same address.
    #[must_use]
    pub fn form<F, Fut, G, Gut>(self, path: &'static str, show: F, act: G) -> Self
    where
        F: Fn(Ui) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
        G: Fn(Ui) -> Gut + Clone + Send + Sync + 'static,
        Gut: Future<Output = Answer> + Send + 'static,
    {
        self.add(Place { path, page: true, form: true }, RouteMethod::new().get(endpoint(show)).post(endpoint(act)))
    }

    /// Something to look at whose address also takes what other programs send (POST) without a session. It is no form of ours: what it
    /// does must be safe by itself.
    #[must_use]
    pub fn page_and<F, Fut, E>(self, path: &'static str, show: F, act: E) -> Self
    where
        F: Fn(Ui) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.add(Place { path, page: true, form: false }, RouteMethod::new().get(endpoint(show)).post(act))
    }

    fn add(mut self, place: Place, method: RouteMethod) -> Self {
        self.places.push(place);
        self.route = self.route.at(place.path, method);
        self
    }

    /// The router, to which other things are added.
    pub fn into_route(self) -> Route {
        self.route
    }
}

fn endpoint<F, Fut>(handler: F) -> impl Endpoint<Output = Response> + 'static
where
    F: Fn(Ui) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    make(move |req: Request| {
        let handler = handler.clone();
        async move {
            let (req, body) = req.split();
            let answer = match Ui::of(&req, body).await {
                Ok(ui) => handler(ui.clone()).await.map_err(|failure| (ui, failure)),
                Err(refused) => Err(refused),
            };
            match answer {
                Ok(response) => Ok::<_, poem::Error>(response),
                Err((ui, failure)) => Ok(errors::show(ui, failure).await),
            }
        }
    })
}
