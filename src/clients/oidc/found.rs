//! What the provider says of itself (OpenID Connect Discovery), and the client that is made of it.

use super::{
    Error,
    claims::{Rest, algorithms},
    transport::{Transport, is_safe, shown},
};
use crate::said::tidy;
use openidconnect::{
    AuthType, Client, ClientId, ClientSecret, DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdTokenFields, IssuerUrl, RedirectUrl, StandardErrorResponse, StandardTokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use reqwest::Url;

pub(super) type Tokens = StandardTokenResponse<
    IdTokenFields<
        Rest,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

pub(super) type Ready = Client<
    Rest,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Who we are there.
pub(super) struct Us {
    pub(super) issuer: IssuerUrl,
    pub(super) id: ClientId,
    pub(super) secret: Option<ClientSecret>,
    pub(super) redirect: RedirectUrl,
}

pub(super) struct Found {
    pub(super) client: Ready,
    /// What its ID tokens may be signed with.
    pub(super) algorithms: Vec<CoreJwsSigningAlgorithm>,
    pub(super) endpoints: Vec<String>,
    /// How many keys it has.
    pub(super) keys: usize,
    pub(super) has_userinfo: bool,
}

impl Found {
    pub(super) async fn at(us: &Us, transport: &Transport) -> Result<Self, Error> {
        let metadata = CoreProviderMetadata::discover_async(us.issuer.clone(), transport).await.map_err(|error| {
            let why = tidy(&error.to_string());
            match error {
                DiscoveryError::Request(error) => error,
                DiscoveryError::Validation(_) => Error::OtherIssuer { why },
                DiscoveryError::Response(status, ..) if status.as_u16() == 404 => {
                    Error::Garbage { why: "there is no /.well-known/openid-configuration below the issuer".to_owned() }
                }
                DiscoveryError::Parse(error) => Error::Garbage { why: tidy(&error.to_string()) },
                _ => Error::Garbage { why },
            }
        })?;
        let mut urls = vec![metadata.authorization_endpoint().url()];
        let missing = || Error::Garbage { why: "it names no token_endpoint".to_owned() };
        urls.push(metadata.token_endpoint().ok_or_else(missing)?.url());
        urls.extend(metadata.userinfo_endpoint().map(|endpoint| endpoint.url()));
        let unsafe_one = urls.iter().find(|url| !is_safe(url));
        if let Some(url) = unsafe_one {
            return Err(Error::Insecure { url: shown(url) });
        }
        let endpoints = urls.into_iter().map(|url: &Url| shown(url)).collect();
        let algorithms = algorithms(metadata.id_token_signing_alg_values_supported());
        if algorithms.is_empty() {
            let why = "it signs ID tokens with no algorithm that proves anything: right would be RS256 or ES256";
            return Err(Error::Garbage { why: why.to_owned() });
        }
        let (keys, has_userinfo) = (metadata.jwks().keys().len(), metadata.userinfo_endpoint().is_some());
        let only_post = metadata.token_endpoint_auth_methods_supported().is_some_and(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        let client = Ready::from_provider_metadata(metadata, us.id.clone(), us.secret.clone())
            .set_redirect_uri(us.redirect.clone())
            .set_auth_type(if only_post { AuthType::RequestBody } else { AuthType::BasicAuth });
        Ok(Self { client, algorithms, endpoints, keys, has_userinfo })
    }
}
