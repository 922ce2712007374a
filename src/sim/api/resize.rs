//! Growing a disk. It never shrinks.

use super::{Call, Handled, No};
use crate::world::{Work, disks};

pub fn resize(call: &mut Call<'_>) -> Handled {
    call.check_skiplock()?;
    let (disk, size) = (call.args.must("disk").to_owned(), call.args.must("size").to_owned());
    let guest = call.guest()?;
    if call.args.text("digest").is_some_and(|digest| digest != guest.digest()) {
        return Err(No::business("detected modified configuration - file changed by other user? Try again."));
    }
    guest.check_lock()?;
    let value =
        guest.config.get(&disk).ok_or_else(|| No::parameter("disk", format!("disk '{disk}' does not exist")))?;
    if !disks::is_data(value) {
        return Err(No::business("can't resize a cdrom"));
    }
    let now = disks::disk_bytes(value).unwrap_or(0);
    let asked = disks::parse_size(size.trim_start_matches('+')).unwrap_or(0);
    let bytes = if size.starts_with('+') { now + asked } else { asked };
    if bytes < now {
        return Err(No::business("shrinking disks is not supported"));
    }

    call.task("resize", Work::Resize { disk, bytes })
}
