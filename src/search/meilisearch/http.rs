//! How requests reach a Meilisearch: over our own HTTP client, as the library's own waits for ever.

use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{AsyncRead, AsyncReadExt};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use meilisearch_sdk::{
    errors::Error,
    request::{HttpClient, Method, parse_response},
};
use poem::http::{HeaderValue, Request, header};
use serde::{Serialize, de::DeserializeOwned};

/// How long an answer may take. A batch is taken at once and worked on later.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer at the most: a page of documents, which are asked for without their texts.
const LONGEST: usize = 32 << 20;

/// An HTTP client with the key of a server.
#[derive(Clone)]
pub struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    authorization: HeaderValue,
}

impl Http {
    /// A client with a key; an empty one for a server that asks for none.
    pub fn new(key: &str) -> Result<Self> {
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {key}")).context("search.meilisearch_key should be printable text")?;
        authorization.set_sensitive(true);
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), authorization })
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<(u16, String), Error> {
        let answering = async {
            let answer = self.client.request(request).await.map_err(|e| Error::Other(e.into()))?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), LONGEST).collect().await.map_err(Error::Other)?.to_bytes();
            Ok((status, String::from_utf8_lossy(&body).into_owned()))
        };
        tokio::time::timeout(PATIENCE, answering).await.map_err(|_| Error::Timeout)?
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn stream_request<Query, Body, Output>(
        &self,
        url: &str,
        method: Method<Query, Body>,
        content_type: &str,
        expected_status_code: u16,
    ) -> Result<Output, Error>
    where
        Query: Serialize + Send + Sync,
        Body: AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    {
        let url = format!("{url}{}", yaup::to_string(method.query())?);
        let verb = match &method {
            Method::Get { .. } => "GET",
            Method::Post { .. } => "POST",
            Method::Patch { .. } => "PATCH",
            Method::Put { .. } => "PUT",
            Method::Delete { .. } => "DELETE",
        };
        let mut bytes = Vec::new();
        if let Some(body) = method.into_body() {
            let mut body = Box::pin(body);
            body.read_to_end(&mut bytes).await.map_err(|e| Error::Other(e.into()))?;
        }
        let request = Request::builder()
            .method(verb)
            .uri(&url)
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, content_type)
            .body(Full::new(Bytes::from(bytes)))
            .map_err(|e| Error::Other(e.into()))?;
        let (status, body) = self.send(request).await?;
        parse_response(status, expected_status_code, if body.is_empty() { "null" } else { &body }, url)
    }

    fn is_tokio(&self) -> bool {
        true
    }
}
