//! Bodies: JSON, or `payload_json` with files beside it.

use super::ApiError;
use crate::users::File;
use bytes::Bytes;
use futures::stream;
use serde_json::Value;

/// One of `files[n]`.
#[derive(Debug, Clone)]
pub struct Upload {
    pub index: u64,
    pub file: File,
}

/// # Errors
/// It is no JSON, or parts have names that mean nothing.
pub async fn parse(content_type: Option<&str>, bytes: Bytes) -> Result<(Value, Vec<Upload>), ApiError> {
    let content_type = content_type.unwrap_or_default();
    if let Ok(boundary) = multer::parse_boundary(content_type) {
        return multipart(boundary, bytes).await;
    }
    if bytes.is_empty() {
        return Ok((Value::Null, Vec::new()));
    }
    if !content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(ApiError::invalid_json());
    }
    let body = serde_json::from_slice(&bytes).map_err(|_| ApiError::invalid_json())?;
    Ok((body, Vec::new()))
}

async fn multipart(boundary: String, bytes: Bytes) -> Result<(Value, Vec<Upload>), ApiError> {
    let wrong = |_: multer::Error| ApiError::invalid_json();
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let (mut body, mut files) = (Value::Null, Vec::new());
    while let Some(part) = parts.next_field().await.map_err(wrong)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let content_type = part.content_type().map(|kind| kind.to_string());
        let bytes = part.bytes().await.map_err(wrong)?;
        if name == "payload_json" {
            body = serde_json::from_slice(&bytes).map_err(|_| ApiError::invalid_json())?;
            continue;
        }
        let index = name.strip_prefix("files[").and_then(|n| n.strip_suffix(']')).and_then(|n| n.parse().ok());
        let (Some(index), Some(file_name)) = (index, file_name) else {
            let message = "A part is payload_json, or a file called files[n]";
            return Err(ApiError::field(&[&name], "BASE_TYPE_UNKNOWN", message));
        };
        let content_type = content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        files.push(Upload { index, file: File { name: file_name, content_type, bytes: bytes.to_vec() } });
    }
    Ok((body, files))
}
