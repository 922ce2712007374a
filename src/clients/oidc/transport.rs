//! Requests to the provider, as the library of OpenID Connect asks for them.

use super::{Error, Settings};
use crate::{
    link::{self, Lost},
    said::tidy,
    tls,
};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, Url};
use std::{net::IpAddr, pin::Pin, time::Duration};
use tokio::time::Instant;

/// A list of keys, or a person's groups: far smaller. What is larger is not read on.
const MAX_BODY: usize = 1024 * 1024;
/// Connections are kept open between the requests of one sign-in.
const IDLE: Duration = Duration::from_secs(5);

pub(super) struct Transport {
    client: Client,
    connect: Duration,
    read: Duration,
}

impl Transport {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let tls = tls::with_authority(settings.ca_pem.as_deref()).map_err(Error::Settings)?;
        let client = link::client(tls, settings.connect, 2, IDLE).map_err(Error::Settings)?;
        Ok(Self { client, connect: settings.connect, read: settings.read })
    }

    async fn once(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let began = Instant::now();
        let answer = self.exchange(request).await;
        link::measured("oidc", began, answer.as_ref().err().map_or("ok", Error::kind));
        answer
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let (head, body) = request.into_parts();
        let wrong = |_| Error::Garbage { why: format!("{} is no address", tidy(&head.uri.to_string())) };
        let url: Url = head.uri.to_string().parse().map_err(wrong)?;
        if !is_safe(&url) {
            return Err(Error::Insecure { url: shown(&url) });
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let lost = |error: &reqwest::Error| self.lost(&host, error);
        let call = self.client.request(head.method, url.clone()).headers(head.headers).timeout(self.read).body(body);
        let response = call.send().await.map_err(|error| lost(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        tracing::debug!(host = %host, status = status.as_u16(), "{} {}", shown(&url), status.as_u16());
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(Error::Unavailable { host, status: status.as_u16() });
        }
        if status.is_redirection() {
            return Err(Error::Garbage { why: format!("{} is answered with a redirect ({status})", shown(&url)) });
        }
        let body = link::read_body_up_to(response, MAX_BODY).await.map_err(|error| lost(&error))?;
        let Some(body) = body else {
            return Err(Error::Garbage { why: format!("it is larger than {} MiB", MAX_BODY >> 20) });
        };
        let mut answer = HttpResponse::new(body.to_vec());
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }

    fn lost(&self, host: &str, error: &reqwest::Error) -> Error {
        let host = host.to_owned();
        match Lost::of(error, self.connect) {
            Lost::NotTrusted(not_trusted) => Error::Untrusted { host, seen: not_trusted.seen },
            Lost::NoConnection(why) => Error::Unreachable { host, why },
            Lost::TimedOut => Error::TimedOut { host, after: self.read },
            Lost::NoRequest(why) | Lost::Garbage(why) => Error::Garbage { why },
            Lost::Broken(why) => Error::Dropped { host, why },
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Transport {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.once(request))
    }
}

/// What nobody on the way can read: TLS, or what does not leave this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => true,
        "http" => is_here,
        _ => false,
    }
}

/// Without what may be secret in it.
pub(super) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    tidy(&format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path()))
}
