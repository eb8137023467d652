//! The server's own TLS: certificate files read at start and again whenever they change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The settings `tls.cert_file` and `tls.key_file`.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// PEM: the certificate and those that vouch for it, in order.
    pub certificates: PathBuf,
    /// PEM: its private key.
    pub key: PathBuf,
}

/// Why the files make no identity.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is no PEM of the kind expected.
    #[error("{path} is not PEM of the expected kind")]
    Pem {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// No certificate in the file.
    #[error("{path} holds no certificate")]
    Empty {
        /// Which one.
        path: PathBuf,
    },
    /// Key and certificate do not belong together, or the key is of an unknown kind.
    #[error("key and certificate do not fit")]
    Unfit(#[source] rustls::Error),
}

/// The certificate in use, and the configuration that presents it.
pub struct TlsIdentity {
    files: CertificateFiles,
    current: Arc<Current>,
    acceptor: TlsAcceptor,
    provider: Arc<CryptoProvider>,
}

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsIdentity")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

type Stamp = [Option<(SystemTime, u64)>; 2];

impl TlsIdentity {
    /// Reads the files.
    pub fn load(files: CertificateFiles) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let current = Arc::new(Current(RwLock::new(read(&files, &provider)?)));
        let mut config = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unfit)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            files,
            current,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            provider,
        })
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// Reads the files again; connections made from now on get what they hold. An error leaves the old certificate in
    /// use.
    pub fn reload(&self) -> Result<(), TlsError> {
        let fresh = read(&self.files, &self.provider)?;
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Reloads whenever a file changes, until stopped.
    pub async fn watch(&self, stop: CancellationToken) {
        let mut seen = self.stamp();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = stop.cancelled() => return,
            }
            let now = self.stamp();
            if now == seen {
                continue;
            }
            match self.reload() {
                Ok(()) => {
                    seen = now;
                    tracing::info!("the TLS certificate was reloaded");
                }
                // Half written perhaps; it is tried again.
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the TLS certificate could not be reloaded"
                ),
            }
        }
    }

    fn stamp(&self) -> Stamp {
        [&self.files.certificates, &self.files.key].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}

fn read(files: &CertificateFiles, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = CertificateDer::pem_slice_iter(&bytes_of(&files.certificates)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| TlsError::Pem {
            path: files.certificates.clone(),
            source,
        })?;
    if chain.is_empty() {
        return Err(TlsError::Empty {
            path: files.certificates.clone(),
        });
    }
    let key = PrivateKeyDer::from_pem_slice(&bytes_of(&files.key)?).map_err(|source| TlsError::Pem {
        path: files.key.clone(),
        source,
    })?;
    CertifiedKey::from_der(chain, key, provider)
        .map(Arc::new)
        .map_err(TlsError::Unfit)
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}
