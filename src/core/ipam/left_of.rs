//! What rules ask of NetBox about one VM: whether it is planned still, and what is left of it when it is gone.

use super::Ipam;
use direttore_clients::netbox::{AddressFilter, Error};

/// A VM as it is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub name: String,
    pub status: String,
}

impl Ipam {
    /// `None` when it is gone.
    pub async fn planned(&self, id: u64) -> Result<Option<Planned>, Error> {
        match self.client.vm(id).await {
            Ok((vm, _)) => Ok(Some(Planned { name: vm.name, status: vm.status })),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Addresses that are ours and that nothing has, and whose DNS name or description names it.
    pub async fn left_of(&self, name: &str) -> Result<Vec<String>, Error> {
        let filter = AddressFilter { q: Some(name.to_owned()), ..AddressFilter::default() };
        let rows = self.client.addresses(&filter).await?;
        let ours = rows.iter().filter(|row| {
            let is_ours =
                self.settings.marks.job_in(&row.description).is_some() || row.tags.contains(&self.settings.tag);
            is_ours && row.assigned.is_none() && (is_its(&row.dns_name, name) || names(&row.description, name))
        });
        Ok(ours.map(|row| row.address.to_string()).collect())
    }
}

/// Whether a DNS name is its, with a domain or without.
fn is_its(dns: &str, name: &str) -> bool {
    let host = dns.split('.').next().unwrap_or_default();
    dns.eq_ignore_ascii_case(name) || host.eq_ignore_ascii_case(name)
}

/// Whether a description names it, as a word.
fn names(description: &str, name: &str) -> bool {
    description.split_whitespace().any(|word| word.trim_matches([',', '.', ';']).eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_whole_one() {
        assert!(is_its("web7.lab.example", "WEB7") && is_its("web7", "web7") && !is_its("web70.lab", "web7"));
        assert!(names("for web7, since May", "web7") && !names("for web70", "web7") && !names("", "web7"));
    }
}
