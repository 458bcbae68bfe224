//! ZIP (APPNOTE.TXT 6.3.10): every entry that some loader would read, listed or not. Never trusts a count, size or checksum.

mod compare;
mod directory;
mod entry;
mod hidden;
mod layout;
mod local;
mod method;
mod payloads;
#[cfg(test)]
mod tests;

use crate::extract::format::note::Notes;
use crate::extract::format::tar::Tar;
use crate::extract::format::zip::directory::Directory;
use crate::extract::format::zip::entry::Opened;
use crate::extract::format::zip::layout::Layout;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Archive, DeviationKind, FormatId, MemberId};
use crate::place;

/// ZIP, and the archives that are zips: torch, npz, Keras.
pub(super) struct Zip;

impl Format for Zip {
    fn id(&self) -> FormatId {
        FormatId::Zip
    }

    fn about(&self) -> &'static str {
        "entries of both directories, hidden ones too; torch, TorchScript, npz and Keras archives are told apart"
    }

    fn claims(&self, window: &Window) -> Claim {
        // A tar hands every byte of it on as a member or a remainder: a zip at its end is one of those, and no second reading.
        let begins = window.starts_with(local::LOCAL);
        let ends = directory::plausible(window) && Tar.claims(window) != Claim::Certain;
        if begins || ends { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let notes = Notes { member, format: FormatId::Zip };
        let mut directory = Directory::default();
        let mut opened = Opened::new(source, notes);
        let (taken, others) = directory::ends(source)?;
        let mut followed = taken.len();
        for at in taken.iter().take(directory::ENDS) {
            directory.follow(source, *at, walk, notes)?;
        }
        opened.cover(&directory.ranges);
        let mut placed = opened.place(&directory.entries, 0, walk)?;
        // An end record inside an entry belongs to a zip in the zip. One outside is another reading of this one.
        let mut gaps = opened.gaps();
        for at in others {
            if !gaps.iter().any(|(from, to)| (*from..*to).contains(&at)) {
                continue;
            }
            followed = followed.saturating_add(1);
            if followed > directory::ENDS {
                break;
            }
            directory.placed = directory.entries.len();
            let (ranges, entries) = (directory.ranges.len(), directory.entries.len());
            directory.follow(source, at, walk, notes)?;
            opened.cover(directory.ranges.get(ranges..).unwrap_or_default());
            placed.extend(opened.place(&directory.entries, entries, walk)?);
            gaps = opened.gaps();
        }
        if followed > directory::ENDS {
            directory.problems.push(ReadError::malformed(format!("more than {} end records", directory::ENDS), None));
        }
        if followed > 1 {
            notes.of(DeviationKind::SeveralEnds).field("end of central directory record").found(followed).write(walk);
        }
        opened.layout = Layout::of(directory.entries.iter().map(|entry| &*entry.name));
        if directory.ends.is_empty() {
            opened.layout = Layout::of(opened.local_names()?.iter().map(Vec::as_slice));
            directory.problems.push(ReadError::truncated("the end of central directory record", source.size()));
        }
        opened.layout.claim(member, walk);
        opened.note_overlaps(&directory.entries, &placed, walk);
        for problem in std::mem::take(&mut directory.problems) {
            walk.incomplete(member, Some(FormatId::Zip), problem);
        }
        opened.read_payloads(&directory.entries, &placed, walk);
        let read = opened.read_all(&directory.entries, placed, walk).and_then(|()| opened.read_gaps(walk));
        if opened.only_arrays() {
            walk.claimed(member, FormatId::Npz);
        }
        opened.read_comments(&directory.ends, walk)?;
        let comment =
            directory.ends.first().map(|end| source.bytes_at(end.at.saturating_add(22), 0xffff)).transpose()?;
        let cut = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
        walk.archive(Archive {
            member,
            format: FormatId::Zip,
            entries: u64::try_from(directory.entries.len()).unwrap_or(u64::MAX),
            methods: opened.methods.iter().copied().map(method::name).collect(),
            encrypted: opened.encrypted,
            decoded: opened.decoded,
            comment: comment
                .and_then(|bytes| {
                    let end = directory.ends.first()?;
                    let size = usize::try_from(end.behind.saturating_sub(end.at).saturating_sub(22)).ok()?;
                    Some(bytes.get(..size.min(bytes.len()))?.to_vec())
                })
                .filter(|bytes| !bytes.is_empty())
                .map(|bytes| place::escape_cut(&bytes, cut)),
        });
        read
    }
}
