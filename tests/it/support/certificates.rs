//! An authority of a test's own, and certificates from it.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Files in PEM form.
#[derive(Debug)]
pub(crate) struct Certificates {
    pub(crate) authority: PathBuf,
    /// Of the server at 127.0.0.1, and its key.
    pub(crate) server: (PathBuf, PathBuf),
    /// Of a client, and its key.
    pub(crate) client: (PathBuf, PathBuf),
}

impl Certificates {
    pub(crate) fn write_to(folder: &Path) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = &mut parameters.distinguished_name;
        name.push(DnType::CommonName, "an authority of a test");
        let itself = parameters.self_signed(&key).unwrap();
        let authority = folder.join("authority.pem");
        std::fs::write(&authority, itself.pem()).unwrap();
        let issuer = Issuer::new(parameters, key);
        Self {
            authority,
            server: signed(folder, "127.0.0.1", &issuer),
            client: signed(folder, "ringmaster", &issuer),
        }
    }
}

fn signed(folder: &Path, name: &str, issuer: &Issuer<'_, KeyPair>) -> (PathBuf, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = parameters.signed_by(&key, issuer).unwrap();
    let paths = (
        folder.join(format!("{name}.pem")),
        folder.join(format!("{name}-key.pem")),
    );
    std::fs::write(&paths.0, certificate.pem()).unwrap();
    std::fs::write(&paths.1, key.serialize_pem()).unwrap();
    paths
}
