//! Certificates of connections with TLS: whom to trust, and our own.

use redis::ConnectionInfo;
use redis::cluster::ClusterClientBuilder;

use super::settings::{RedisSettingsError, TlsFiles};

/// The setting of each file.
const AUTHORITIES: &str = "store.ca_file";
const CERTIFICATE: &str = "store.certificate_file";
const KEY: &str = "store.key_file";

/// What the files hold.
pub(super) struct Certificates(#[cfg(feature = "redis-tls")] Option<redis::TlsCertificates>);

impl Certificates {
    /// Reads the files. Without any, the public authorities are trusted and no certificate is shown.
    pub(super) fn read(files: &TlsFiles, has_tls: bool) -> Result<Self, RedisSettingsError> {
        let settings = [
            (AUTHORITIES, &files.authorities),
            (CERTIFICATE, &files.certificate),
            (KEY, &files.key),
        ];
        let set = settings.into_iter().find(|(_, file)| file.is_some());
        match set {
            Some((setting, _)) if !has_tls => Err(RedisSettingsError::TlsUnused { setting }),
            _ if files.certificate.is_some() != files.key.is_some() => {
                Err(RedisSettingsError::HalfCertificate)
            }
            _ => Self::of(files),
        }
    }
}

#[cfg(feature = "redis-tls")]
impl Certificates {
    fn of(files: &TlsFiles) -> Result<Self, RedisSettingsError> {
        let authorities = files.authorities.as_ref();
        let root_cert =
            authorities.map(|path| pem(AUTHORITIES, path, "CERTIFICATE", "certificate"));
        let client_tls = match (&files.certificate, &files.key) {
            (Some(certificate), Some(key)) => Some(redis::ClientTlsConfig {
                client_cert: pem(CERTIFICATE, certificate, "CERTIFICATE", "certificate")?,
                client_key: pem(KEY, key, "PRIVATE KEY", "private key")?,
            }),
            _ => None,
        };
        let root_cert = root_cert.transpose()?;
        let is_any = root_cert.is_some() || client_tls.is_some();
        Ok(Self(is_any.then_some(redis::TlsCertificates {
            client_tls,
            root_cert,
        })))
    }

    /// The address with these certificates.
    pub(super) fn on(&self, info: ConnectionInfo) -> Result<ConnectionInfo, RedisSettingsError> {
        let Some(certificates) = &self.0 else {
            return Ok(info);
        };
        let client = redis::Client::build_with_tls(info, certificates.clone())
            .map_err(RedisSettingsError::Client)?;
        Ok(client.get_connection_info().clone())
    }

    /// A cluster with these certificates, on every node.
    pub(super) fn on_all(&self, cluster: ClusterClientBuilder) -> ClusterClientBuilder {
        match &self.0 {
            Some(certificates) => cluster.certs(certificates.clone()),
            None => cluster,
        }
    }
}

/// The file's bytes. The client takes an empty one for nobody to trust, and would say so at each connection only.
#[cfg(feature = "redis-tls")]
fn pem(
    setting: &'static str,
    path: &std::path::Path,
    label: &str,
    expected: &'static str,
) -> Result<Vec<u8>, RedisSettingsError> {
    let text = std::fs::read_to_string(path).map_err(|source| RedisSettingsError::File {
        setting,
        path: path.to_owned(),
        source,
    })?;
    let begins = |line: &str| line.starts_with("-----BEGIN ") && line.contains(label);
    if text.lines().any(begins) {
        Ok(text.into_bytes())
    } else {
        Err(RedisSettingsError::NotPem {
            setting,
            path: path.to_owned(),
            expected,
        })
    }
}

#[cfg(not(feature = "redis-tls"))]
impl Certificates {
    fn of(files: &TlsFiles) -> Result<Self, RedisSettingsError> {
        if files.authorities.is_some() || files.certificate.is_some() {
            return Err(RedisSettingsError::NoTls);
        }
        Ok(Self())
    }

    /// The address as it is.
    pub(super) fn on(&self, info: ConnectionInfo) -> Result<ConnectionInfo, RedisSettingsError> {
        Ok(info)
    }

    /// The cluster as it is.
    pub(super) fn on_all(&self, cluster: ClusterClientBuilder) -> ClusterClientBuilder {
        cluster
    }
}

#[cfg(test)]
#[cfg(feature = "redis-tls")]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn complaint(files: &TlsFiles, has_tls: bool) -> String {
        Certificates::read(files, has_tls)
            .err()
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_file_that_cannot_help_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let files = TlsFiles {
            authorities: Some(path.clone()),
            ..TlsFiles::default()
        };
        assert!(complaint(&files, false).contains("store.ca_file needs addresses with TLS"));
        assert!(complaint(&files, true).contains("which cannot be read"));
        std::fs::write(&path, "nothing").unwrap();
        assert!(complaint(&files, true).contains("holds no certificate in PEM form"));
        let half = TlsFiles {
            key: Some(PathBuf::from("key.pem")),
            ..TlsFiles::default()
        };
        assert!(complaint(&half, true).contains("belong together"));
    }
}
