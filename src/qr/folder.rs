//! The folder that the operator names for pictures of payment links: each is there while its order waits for the payment.
//!
//! Who sees a payment link can pay the order, so folder and pictures are for their owner alone. Others may be able to write
//! where they are: no link is followed, nothing but a file is replaced, and what a reader finds is whole. Files can be slow,
//! or never answer, so all of it happens on a thread of its own.

use std::fs::{self, DirBuilder, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::order::{Order, OrderId};
use crate::text::Given;

/// A folder of pictures of payment links.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder of that name. It is made with the first picture.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        // Put together anew it has no slash at its end, behind which a link would be followed.
        Self(path.components().collect())
    }

    /// Writes the picture of an order's link, in place of an earlier one, and tells where it is. A picture that cannot be written
    /// is logged: the link is told in other ways too.
    pub(crate) async fn save(&self, id: OrderId, picture: Vec<u8>) -> Option<PathBuf> {
        let path = self.path(id);
        match self.run(move |folder, path| save(folder, path, &picture), id).await {
            Ok(()) => Some(path),
            Err(error) => {
                tracing::warn!(%error, folder = %self.0.display(), "the QR code cannot be written");
                None
            }
        }
    }

    /// Removes the picture of an order that is paid or over.
    pub(crate) async fn tidy(&self, order: &Order) {
        if !(order.state.is_paid() || order.state.is_final()) {
            return;
        }
        if let Err(error) = self.run(remove, order.id).await {
            tracing::warn!(%error, folder = %self.0.display(), "the QR code of an order that is paid or over cannot be removed");
        }
    }

    fn path(&self, id: OrderId) -> PathBuf {
        self.0.join(format!("order-{id}.png"))
    }

    async fn run(
        &self,
        work: impl FnOnce(&Path, &Path) -> io::Result<()> + Send + 'static,
        id: OrderId,
    ) -> io::Result<()> {
        let (folder, path) = (self.0.clone(), self.path(id));
        tokio::task::spawn_blocking(move || work(&folder, &path)).await?
    }
}

fn save(folder: &Path, path: &Path, picture: &[u8]) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    expect("the folder", folder, Metadata::is_dir)?;
    expect("the file", path, Metadata::is_file)?;
    // The file that gets its name once it is whole is made anew, for its owner alone.
    let mut file = tempfile::Builder::new()
        .prefix(".order-")
        .suffix(".png")
        .tempfile_in(folder)?;
    file.write_all(picture)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn remove(folder: &Path, path: &Path) -> io::Result<()> {
    if expect("the folder", folder, Metadata::is_dir)? && expect("the file", path, Metadata::is_file)? {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Whether something is there, which then has to be itself what is expected, and no link to that.
fn expect(what: &str, path: &Path, is_expected: impl Fn(&Metadata) -> bool) -> io::Result<bool> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if is_expected(&found) {
        return Ok(true);
    }
    let is = if found.is_symlink() {
        "a symbolic link, which is not followed"
    } else {
        "something else"
    };
    Err(io::Error::other(format!(
        "{what} {} is {is}",
        Given(&path.display().to_string())
    )))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;
    use std::time::Duration;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::order::OrderState;

    const PICTURE: &[u8] = b"a picture";

    fn id() -> OrderId {
        "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap()
    }

    fn order(state: &str) -> Order {
        Order::bare(id(), OrderState::read(state).unwrap())
    }

    /// Saves, which must end soon.
    async fn saved(folder: &Folder) -> Option<PathBuf> {
        let saving = folder.save(id(), PICTURE.to_vec());
        tokio::time::timeout(Duration::from_secs(5), saving)
            .await
            .expect("saving should end")
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// The names of what is in a folder.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[tokio::test]
    async fn the_folder_and_the_picture_are_for_their_owner_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(&place.path().join("a/b"));
        let path = saved(&folder).await.unwrap();
        assert_eq!(path, folder.path(id()));
        assert_eq!(
            [&path, path.parent().unwrap(), &place.path().join("a")].map(|path: &Path| mode(path)),
            [0o600, 0o700, 0o700]
        );
        // What others could read is replaced, not written into.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let others = fs::File::open(&path).unwrap();
        fs::write(&path, "before").unwrap();
        saved(&folder).await.unwrap();
        assert_eq!((mode(&path), fs::read(&path).unwrap()), (0o600, PICTURE.to_vec()));
        assert_eq!(io::read_to_string(others).unwrap(), "before");
        assert_eq!(names(&folder.0), [format!("order-{}.png", id())]);
    }

    #[tokio::test]
    async fn a_link_in_place_of_folder_or_file_is_refused_and_named() {
        let place = tempfile::tempdir().unwrap();
        let (real, link) = (place.path().join("real"), place.path().join("link"));
        fs::create_dir(&real).unwrap();
        symlink(&real, &link).unwrap();
        for path in [link.clone(), link.join(""), link.join(".")] {
            assert_eq!(saved(&Folder::new(&path)).await, None, "{}", path.display());
        }
        assert_eq!(names(&real), [""; 0]);
        let error = save(&link, &link.join("x"), PICTURE).unwrap_err().to_string();
        assert!(
            error.ends_with("/link` is a symbolic link, which is not followed"),
            "{error}"
        );

        let (folder, target) = (Folder::new(&real), place.path().join("target"));
        fs::write(&target, "untouched").unwrap();
        symlink(&target, folder.path(id())).unwrap();
        assert_eq!(saved(&folder).await, None);
        folder.tidy(&order("Paid")).await;
        assert_eq!(fs::read(&target).unwrap(), b"untouched");
        assert!(fs::symlink_metadata(folder.path(id())).unwrap().is_symlink());
    }

    #[tokio::test]
    async fn a_pipe_in_place_of_folder_or_file_stops_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        for pipe in [folder.path(id()), place.path().join("pipe")] {
            assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        }
        assert_eq!(saved(&folder).await, None);
        assert_eq!(saved(&Folder::new(&place.path().join("pipe"))).await, None);
        folder.tidy(&order("Paid")).await;
        assert!(fs::symlink_metadata(folder.path(id())).is_ok());
    }

    #[tokio::test]
    async fn a_picture_is_there_while_its_order_waits() {
        for (state, stays) in [
            ("Pending", true),
            ("OnHold", true),
            ("Paid", false),
            ("Finished", false),
            ("Expired", false),
            ("Failed", false),
            ("Refunded", false),
        ] {
            let place = tempfile::tempdir().unwrap();
            let folder = Folder::new(place.path());
            let path = saved(&folder).await.unwrap();
            for _ in 1..=2 {
                folder.tidy(&order(state)).await;
                assert_eq!(path.exists(), stays, "{state}");
            }
        }
        // Nothing was ever written: there is nothing to make.
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(&place.path().join("codes"));
        folder.tidy(&order("Paid")).await;
        assert!(!folder.0.exists());
    }
}
