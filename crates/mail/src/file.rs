//! Mails as files: `mail.transport = "file"`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::carrier::{Carrier, Outcome, Trip, Trouble};
use crate::compose::ComposedMail;

/// Writes each mail into a directory as `<mail id>.eml`. A reader never sees half a mail: it is written under another
/// name, synced and renamed. A second delivery of the same mail replaces the first.
#[derive(Debug, Clone)]
pub struct FileCarrier {
    directory: PathBuf,
}

impl FileCarrier {
    /// Mails go into `directory`, which is made if it is not there.
    ///
    /// # Errors
    /// What the operating system says when the directory cannot be made.
    pub fn new(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        std::fs::create_dir_all(&directory)?;
        Ok(Self { directory })
    }

    /// Where the mails go.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    async fn write(&self, mail: &ComposedMail) -> io::Result<String> {
        let name = format!("{}.eml", mail.id());
        let unfinished = self.directory.join(format!(".{name}.part"));
        let mut file = fs::File::create(&unfinished).await?;
        file.write_all(mail.bytes()).await?;
        file.sync_all().await?;
        drop(file);
        fs::rename(&unfinished, self.directory.join(&name)).await?;
        Ok(name)
    }
}

impl Carrier for FileCarrier {
    fn set_out(&self) -> Box<dyn Trip> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Trip for FileCarrier {
    async fn carry(&mut self, mail: &ComposedMail, time: Duration) -> Outcome {
        let deferred = |reply: String| Outcome::Deferred {
            reply,
            trouble: Some(Trouble::Storage),
        };
        match timeout(time, self.write(mail)).await {
            Ok(Ok(name)) => Outcome::Delivered {
                reply: format!("written to {name}"),
            },
            Ok(Err(error)) => deferred(format!("cannot be written: {error}")),
            Err(_) => deferred("not written in time".to_owned()),
        }
    }

    async fn finish(&mut self) {}
}
