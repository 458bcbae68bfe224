//! What lies in a zip's bytes and in no directory: entries by their local headers, and bytes that nothing accounts for.

use crate::extract::format::remainder;
use crate::extract::format::zip::compare::Reading;
use crate::extract::format::zip::entry::{Declared, Opened};
use crate::extract::format::zip::local::{Descriptor, ENCRYPTED, LOCAL, Local, MASKED, STRONG, Scan};
use crate::extract::format::zip::method::{AES, STORED};
use crate::extract::walk::{Entry, ReadError, Walk};
use crate::facts::{DeviationKind, FormatId, Origin};
use std::collections::HashMap;
use std::io;

/// Ends of stored data of unknown size, by where it begins.
type Ends = HashMap<u64, (u64, Descriptor)>;

impl Opened<'_> {
    /// Names of all local headers in what nothing accounts for: the only list that a cut archive has.
    pub(super) fn local_names(&mut self) -> io::Result<Vec<Vec<u8>>> {
        const NAMES: usize = 4096;
        let mut names = Vec::new();
        for (from, to) in self.gaps() {
            let mut scan = Scan::new(self.source, LOCAL, from, to);
            while names.len() < NAMES {
                let Some(local) = scan.local()? else { break };
                names.push(local.name);
            }
        }
        Ok(names)
    }

    /// Reads everything that no directory lists.
    pub(super) fn read_gaps(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        for (from, to) in self.gaps() {
            let mut ends = None;
            let mut free = from;
            let source = self.source;
            let mut scan = Scan::new(source, LOCAL, from, to);
            while let Some(local) = scan.local()? {
                remainder::read(source, free, local.at, self.notes, walk)?;
                free = self.read_hidden(&local, (from, to), &mut ends, walk)?;
                scan.skip_to(free);
            }
            remainder::read(source, free, to, self.notes, walk)?;
        }
        Ok(())
    }

    /// What nothing accounts for so far.
    pub(super) fn gaps(&mut self) -> Vec<(u64, u64)> {
        remainder::gaps(&mut self.covered, self.source.size())
    }

    /// Reads one entry that is in no directory. Gives where it ends.
    fn read_hidden(
        &mut self,
        local: &Local,
        (from, to): (u64, u64),
        ends: &mut Option<Ends>,
        walk: &mut Walk<'_>,
    ) -> Result<u64, ReadError> {
        let note = |kind| self.notes.of(kind).entry(&local.name).at(local.at);
        note(DeviationKind::HiddenEntry).write(walk);
        self.names.check(walk, self.notes, &local.name, local.at);
        if local.name.ends_with(b"/") && local.packed == 0 && !local.described() {
            return Ok(local.data);
        }
        let encrypted =
            local.flags & (ENCRYPTED | STRONG | MASKED) != 0 || local.method == AES || local.extra.encryption;
        if encrypted {
            self.encrypted = self.encrypted.saturating_add(1);
            note(DeviationKind::Encrypted).found(format!("{:#06x}", local.flags)).write(walk);
        }
        let open = local.described() && local.packed == 0;
        let mut declared = Declared {
            unpacked: Some(local.unpacked).filter(|_| !open),
            crc: Some(local.crc).filter(|_| !local.described()),
            flags: local.flags,
            at: local.at,
            encrypted,
        };
        let mut packed = local.packed;
        if open {
            packed = to.saturating_sub(local.data);
            if local.method == STORED {
                if ends.is_none() {
                    *ends = Some(Descriptor::all(self.source, from, to, walk.limits.members)?);
                }
                match ends.as_ref().and_then(|ends| ends.get(&local.data)) {
                    Some((end, descriptor)) => {
                        packed = end.saturating_sub(local.data);
                        declared.crc = Some(descriptor.crc);
                    }
                    None => {
                        let error = ReadError::truncated("the data descriptor of a stored entry", local.at);
                        walk.incomplete(self.notes.member, Some(FormatId::Zip), error);
                    }
                }
            }
        } else if local.data.saturating_add(packed) > self.source.size() {
            let error = ReadError::truncated("the end of an entry's data", local.at);
            walk.incomplete(self.notes.member, Some(FormatId::Zip), error);
        }
        let reading = Reading { method: local.method, packed };
        let (payload, promised) = (self.layout.payload(&local.name), self.layout.promised(&local.name));
        let entry = Entry { payload, tensor: payload, promised, ..Entry::default() };
        let taken = self.read_content(&local.name, reading, local.data, declared, Origin::Hidden, entry, walk)?;
        let end = local.data.saturating_add(taken);
        if !local.described() {
            return Ok(end.min(to));
        }
        let expected = (declared.crc.unwrap_or(local.crc), taken, declared.unpacked.unwrap_or(taken));
        let descriptor = Descriptor::read(self.source, end, expected)?;
        Ok(end.saturating_add(descriptor.map_or(0, |descriptor| descriptor.size)).min(to))
    }
}
