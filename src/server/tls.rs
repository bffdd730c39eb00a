//! HTTPS, for a service without a proxy in front of it: the certificate from its files, and from them again after a renewal.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};

use super::problem::Causes;
use crate::settings::TlsSettings;

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read as PEM.
    #[error("{setting} names {}, which cannot be read as PEM", path.display())]
    Unreadable {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: pem::Error,
    },
    /// A file without any certificate.
    #[error("tls.certificate names {}, which has no certificate: it begins with -----BEGIN CERTIFICATE-----", .0.display())]
    NoCertificate(PathBuf),
    /// The two files do not belong together, or have something that TLS does not take.
    #[error("{} and {} make no certificate that can be shown", certificate.display(), key.display())]
    Unfit {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of its key.
        key: PathBuf,
        /// Why not.
        #[source]
        source: rustls::Error,
    },
}

/// The certificate that is shown now.
pub(super) struct Certificate {
    chain_file: PathBuf,
    key_file: PathBuf,
    provider: Arc<CryptoProvider>,
    shown: ArcSwap<CertifiedKey>,
    /// What stood in the files when they were last read; they may be unusable.
    contents: ArcSwap<Contents>,
}

/// A digest of each file; `None` for one that cannot be read.
type Contents = [Option<[u8; 32]>; 2];

fn contents(files: [&Path; 2]) -> Contents {
    files.map(|file| Some(Sha256::digest(std::fs::read(file).ok()?).into()))
}

impl Certificate {
    /// Reads the files; `None` where the settings name none.
    pub(super) fn load(settings: &TlsSettings) -> Result<Option<Arc<Self>>, TlsError> {
        let Some((certificate, key)) = settings.files() else {
            return Ok(None);
        };
        let provider = Arc::new(ring::default_provider());
        let contents = contents([certificate, key]);
        let shown = read(certificate, key, &provider)?;
        Ok(Some(Arc::new(Self {
            chain_file: certificate.clone(),
            key_file: key.clone(),
            provider,
            shown: ArcSwap::from_pointee(shown),
            contents: ArcSwap::from_pointee(contents),
        })))
    }

    /// Reads the files again, and says what came of it.
    pub(super) fn renew(&self) {
        match self.reload() {
            Ok(()) => tracing::info!("the certificate is read again"),
            Err(error) => {
                tracing::error!(error = %Causes(&error), "the certificate cannot be read again, and the one before is still shown");
            }
        }
    }

    /// The same if the files have changed: who renews a certificate does not always tell.
    fn renew_if_changed(&self) {
        if **self.contents.load() != contents([&self.chain_file, &self.key_file]) {
            self.renew();
        }
    }

    /// Reads the files again, for connections to come. What cannot be used changes nothing.
    fn reload(&self) -> Result<(), TlsError> {
        let contents = contents([&self.chain_file, &self.key_file]);
        self.contents.store(Arc::new(contents));
        let read = read(&self.chain_file, &self.key_file, &self.provider)?;
        self.shown.store(Arc::new(read));
        Ok(())
    }

    /// What connections are made with.
    pub(super) fn config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let unfit = |source| unfit(&self.chain_file, &self.key_file, source);
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(unfit)?;
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        Ok(config.with_no_client_auth().with_cert_resolver(resolver))
    }
}

/// Compares the certificate with its files now and then, for ever. A mounted secret is exchanged without a signal.
pub(super) async fn keep_renewed(certificate: Arc<Certificate>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        certificate.renew_if_changed();
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.load_full())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Certificate({})", self.chain_file.display())
    }
}

fn read(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let unreadable = |setting, path: &Path, source| TlsError::Unreadable {
        setting,
        path: path.to_owned(),
        source,
    };
    let of_certificate = |source| unreadable("tls.certificate", certificate, source);
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .map_err(of_certificate)?
        .collect::<Result<_, _>>()
        .map_err(of_certificate)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate.to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key);
    let private = private.map_err(|source| unreadable("tls.key", key, source))?;
    CertifiedKey::from_der(chain, private, provider)
        .map_err(|source| unfit(certificate, key, source))
}

fn unfit(certificate: &Path, key: &Path, source: rustls::Error) -> TlsError {
    TlsError::Unfit {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(folder: &Path, names: [&str; 2]) -> TlsSettings {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let texts = [own.cert.pem(), own.signing_key.serialize_pem()];
        let [certificate, key] = names.map(|name| folder.join(name));
        for (path, text) in [&certificate, &key].into_iter().zip(texts) {
            std::fs::write(path, text).unwrap();
        }
        TlsSettings {
            certificate: Some(certificate),
            key: Some(key),
        }
    }

    fn complaint(settings: &TlsSettings, folder: &Path) -> String {
        let error = anyhow::Error::from(Certificate::load(settings).unwrap_err());
        format!("{error:#}").replace(folder.to_str().unwrap(), "…")
    }

    #[test]
    fn wrong_files_are_said_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let good = written(path, ["certificate.pem", "key.pem"]);
        let other = written(path, ["other.pem", "other-key.pem"]);
        assert!(Certificate::load(&good).unwrap().is_some());
        let complaint = |settings: &TlsSettings| complaint(settings, path);
        let wrong_key = TlsSettings {
            key: other.key,
            ..good.clone()
        };
        insta::assert_snapshot!(complaint(&wrong_key), @"…/certificate.pem and …/other-key.pem make no certificate that can be shown: keys may not be consistent: KeyMismatch");
        let no_certificate = TlsSettings {
            certificate: good.key.clone(),
            ..good.clone()
        };
        insta::assert_snapshot!(complaint(&no_certificate), @"tls.certificate names …/key.pem, which has no certificate: it begins with -----BEGIN CERTIFICATE-----");
        let no_key = TlsSettings {
            key: good.certificate.clone(),
            ..good.clone()
        };
        insta::assert_snapshot!(complaint(&no_key), @"tls.key names …/certificate.pem, which cannot be read as PEM: no items found");
        let no_file = TlsSettings {
            key: Some(path.join("none.pem")),
            ..good
        };
        insta::assert_snapshot!(complaint(&no_file), @"tls.key names …/none.pem, which cannot be read as PEM: I/O error: No such file or directory (os error 2)");
    }

    #[test]
    fn a_renewal_is_read_and_a_bad_one_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["certificate.pem", "key.pem"];
        let settings = written(folder.path(), names);
        let certificate = Certificate::load(&settings).unwrap().unwrap();
        let shown = || certificate.shown.load().cert.clone();
        let first = shown();
        std::fs::write(folder.path().join("key.pem"), "nonsense").unwrap();
        assert!(certificate.reload().is_err());
        assert_eq!(shown(), first);
        let _renewed = written(folder.path(), names);
        certificate.reload().unwrap();
        assert_ne!(shown(), first);
    }

    #[test]
    fn a_renewal_of_which_nobody_tells_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["certificate.pem", "key.pem"];
        let settings = written(folder.path(), names);
        let certificate = Certificate::load(&settings).unwrap().unwrap();
        let looked = || {
            certificate.renew_if_changed();
            certificate.shown.load_full()
        };
        let first = looked();
        assert!(Arc::ptr_eq(&looked(), &first), "nothing has changed");
        std::fs::write(folder.path().join("key.pem"), "nonsense").unwrap();
        assert!(Arc::ptr_eq(&looked(), &first), "half a renewal");
        let _renewed = written(folder.path(), names);
        let second = looked();
        assert!(!Arc::ptr_eq(&second, &first));
        assert!(Arc::ptr_eq(&looked(), &second));
    }
}
