//! The objects of an HDF5 file, each once, from the root group on: links followed, attributes handed over, datasets listed.

use crate::extract::embedded;
use crate::extract::format::Claim;
use crate::extract::format::hdf5::chunk::{self, Chunks};
use crate::extract::format::hdf5::dense;
use crate::extract::format::hdf5::file::{File, text};
use crate::extract::format::hdf5::global::{self, Global};
use crate::extract::format::hdf5::group::{self, Link, Target};
use crate::extract::format::hdf5::header::{self, Message};
use crate::extract::format::hdf5::message::{self, Attribute, Layout, Type};
use crate::extract::format::hdf5::superblock::Superblock;
use crate::extract::format::note::Notes;
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{FormatId, Leads, Origin, Reference, ReferenceKind, Tensor, TensorTable};
use crate::limits::Exhausted;
use crate::place;
use std::collections::HashSet;

/// Attributes of Keras that hold JSON (keras/src/legacy/saving/legacy_h5_format.py, `save_model_to_hdf5`).
const JSON: &[&[u8]] = &[b"model_config", b"training_config"];
/// Filters that the library has in itself (IV.A.2.l): all others are plug-ins, found by number in a folder of the machine.
const FILTERS: std::ops::RangeInclusive<u16> = 1..=6;
/// Bytes kept of a path.
const PATH: usize = 512;
/// Texts of one attribute that are looked at one by one.
const TEXTS: u64 = 65_536;
/// Attribute values that become members.
const MEMBERS: usize = 4_096;

/// How a collection of the global heap begins: its signature and version.
const COLLECTION: &[u8] = b"GCOL\x01";
/// Bytes in which collections are looked for at once.
const WINDOW: u64 = 1 << 20;

/// Objects that wait to be read, and bytes of their paths: what a hostile file makes wait has to fit into memory.
const WAITING: usize = 1 << 20;
const PATHS: usize = 32 << 20;

/// An object that is yet to be read: its header, or the B-tree and heap of a group.
enum Open {
    Header(u64),
    Group(u64, u64),
}

/// The objects while they are read.
pub(super) struct Objects<'a> {
    file: &'a File<'a>,
    notes: Notes,
    open: Vec<(Open, Vec<u8>)>,
    /// Bytes of the paths in `open`.
    paths: usize,
    headers: HashSet<u64>,
    groups: HashSet<u64>,
    global: Global,
    tensors: Vec<Tensor>,
    count: u64,
    members: usize,
    /// Datasets whose elements PyTables unpickles.
    pickled: usize,
    /// Other datasets with elements of variable length: these lie in the same heap.
    lengths: usize,
}

/// What a dataset says of itself, gathered from its messages.
#[derive(Default)]
struct Dataset {
    kind: Option<Type>,
    shape: Vec<u64>,
    layout: bool,
    /// How its chunks are found, and by which filters they were written.
    chunks: Vec<Chunks>,
    filters: Vec<u16>,
    /// The piece of the file that it is, and its size where the layout says it.
    pieces: Vec<(u64, Option<u64>)>,
}

impl Dataset {
    /// Bytes of all elements.
    fn size(&self) -> u64 {
        let element = self.kind.as_ref().map_or(1, |kind| kind.size);
        self.shape.iter().fold(element, |all, length| all.saturating_mul(*length))
    }
}

impl<'a> Objects<'a> {
    /// No object yet.
    pub(super) fn new(file: &'a File<'a>, notes: Notes) -> Self {
        Self {
            file,
            notes,
            open: Vec::new(),
            paths: 0,
            headers: HashSet::new(),
            groups: HashSet::new(),
            global: Global::default(),
            tensors: Vec::new(),
            count: 0,
            members: 0,
            pickled: 0,
            lengths: 0,
        }
    }

    /// Reads every object once. Only a limit ends it: what is wrong in one object is incomplete, and the others are read.
    pub(super) fn follow(&mut self, superblock: &Superblock, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        match superblock.root {
            Some(root) => self.wait(Open::Header(root), &[])?,
            None => return Err(ReadError::malformed("no root group", self.file.base)),
        }
        if let Some((tree, heap)) = superblock.cached {
            self.wait(Open::Group(tree, heap), &[])?;
        }
        if let Some(extension) = superblock.extension {
            let (messages, outcome) = header::messages(self.file, extension);
            self.keep(outcome, walk)?;
            if let Some(message) = messages.iter().find(|message| message.kind == 0x14) {
                self.keep(Err(ReadError::unsupported("a file in several pieces", message.at)), walk)?;
            }
        }
        while let Some((open, path)) = self.open.pop() {
            self.paths = self.paths.saturating_sub(path.len());
            self.file.step()?;
            match open {
                Open::Header(address) => self.object(address, &path, walk)?,
                Open::Group(tree, heap) => {
                    let outcome = group::links(self.file, tree, heap, &mut |link| self.link(link, &path, walk));
                    self.keep(outcome, walk)?;
                }
            }
        }
        if self.pickled > 0 {
            let outcome = self.heaps(walk);
            self.keep(outcome, walk)?;
        }
        Ok(())
    }

    /// Hands over every object of the global heap: elements of variable length lie there, and what unpickles them does not ask what they are.
    /// The heap's collections are found by their signature, as the numbers that lead to them may be compressed by any filter.
    fn heaps(&self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut from = 0u64;
        while from < self.file.source.size() {
            self.file.step()?;
            let bytes = self.file.source.bytes_at(from, WINDOW)?;
            let found = bytes.windows(COLLECTION.len()).enumerate().filter(|(_, window)| *window == COLLECTION);
            for (at, _) in found {
                let at = from.saturating_add(u64::try_from(at).unwrap_or(0));
                let Some(address) = at.checked_sub(self.file.base) else { continue };
                let outcome = global::objects(self.file, address).and_then(|objects| {
                    for (_, at, size) in objects.into_iter().filter(|(index, ..)| *index != 0) {
                        let start = self.file.base.saturating_add(at);
                        if start.checked_add(size).is_none_or(|end| end > self.file.source.size()) {
                            return Err(ReadError::truncated("an object in a global heap", start));
                        }
                        let content = self.file.source.range(start, size);
                        self.element(&format!("object at {at}"), &content, walk);
                    }
                    Ok(())
                });
                self.keep(outcome, walk)?;
            }
            let ahead = u64::try_from(COLLECTION.len()).unwrap_or(0).saturating_sub(1);
            from = from.saturating_add(WINDOW.saturating_sub(ahead));
        }
        Ok(())
    }

    /// Reads an object of the heap as the pickle that it is promised to be. Where other elements lie in the heap too, none is promised.
    fn element(&self, name: &str, content: &Source, walk: &mut Walk<'_>) {
        if self.lengths > 0 {
            return embedded::hold(self.notes.member, name, content, walk);
        }
        embedded::pickled(self.notes.member, name, content, walk);
    }

    /// Has an object wait to be read, unless it does or was read.
    fn wait(&mut self, open: Open, path: &[u8]) -> Result<(), ReadError> {
        let fresh = match open {
            Open::Header(address) => self.headers.insert(address),
            Open::Group(tree, _) => self.groups.insert(tree),
        };
        if fresh {
            self.paths = self.paths.saturating_add(path.len());
            if self.open.len() >= WAITING || self.paths > PATHS {
                return Err(Exhausted("values").into());
            }
            self.open.push((open, path.to_vec()));
        }
        Ok(())
    }

    /// Hands the list of datasets to the facts.
    pub(super) fn record(&mut self, walk: &mut Walk<'_>) {
        walk.tensors(TensorTable {
            member: self.notes.member,
            format: FormatId::Hdf5,
            count: self.count,
            entries: std::mem::take(&mut self.tensors),
            metadata: Vec::new(),
            metadata_count: 0,
        });
    }

    /// A limit ends the reading; anything else is written down.
    fn keep(&self, outcome: Result<(), ReadError>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        match outcome {
            Err(ReadError::Limit(limit)) => Err(ReadError::Limit(limit)),
            Err(error) => {
                walk.incomplete(self.notes.member, Some(FormatId::Hdf5), error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn object(&mut self, address: u64, path: &[u8], walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let (messages, outcome) = header::messages(self.file, address);
        self.keep(outcome, walk)?;
        let (mut dataset, pickled) = (Dataset::default(), self.pickled);
        for message in &messages {
            let outcome = self.message(message, path, &mut dataset, walk);
            self.keep(outcome, walk)?;
        }
        let length = dataset.layout && dataset.kind.as_ref().is_some_and(|kind| kind.class == 9);
        self.lengths = self.lengths.saturating_add(usize::from(length && self.pickled == pickled));
        // Other elements are changed on the way to the unpickler.
        if self.pickled > pickled && !dataset.kind.as_ref().is_some_and(|kind| kind.bytes) {
            self.keep(Err(ReadError::unsupported("pickles in elements that are no bytes", None)), walk)?;
        }
        for chunks in &dataset.chunks {
            let outcome = self.chunk(chunks, &dataset, path, walk);
            self.keep(outcome, walk)?;
        }
        for (at, size) in &dataset.pieces {
            let at = self.file.base.saturating_add(*at);
            let piece = self.file.source.range(at, size.unwrap_or(dataset.size()));
            embedded::tensor(self.notes.member, &place::escape_cut(path, PATH), &piece, walk);
        }
        if dataset.layout {
            self.count = self.count.saturating_add(1);
            if self.tensors.len() < usize::try_from(walk.limits.records).unwrap_or(usize::MAX) {
                self.tensors.push(Tensor {
                    name: Some(place::escape(path)),
                    dtype: dataset.kind.map_or_else(|| "committed".to_owned(), |kind| kind.name()),
                    shape: dataset.shape,
                    offset: None,
                    size: None,
                    file: None,
                });
            }
        }
        Ok(())
    }

    /// Looks at the chunk of a dataset's first elements.
    fn chunk(&self, chunks: &Chunks, dataset: &Dataset, path: &[u8], walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let Some(chunk) = chunk::first(self.file, chunks, dataset.size())? else { return Ok(()) };
        let filters = if chunks.plain(&dataset.shape) { &[] } else { dataset.filters.as_slice() };
        if let Some(content) = chunk::content(self.file, &chunk, filters, chunks.element()) {
            if !filters.is_empty() {
                walk.budget.decoded(content.size())?;
            }
            embedded::tensor(self.notes.member, &place::escape_cut(path, PATH), &content, walk);
        }
        Ok(())
    }

    fn message(
        &mut self,
        message: &Message,
        path: &[u8],
        dataset: &mut Dataset,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        let (file, data) = (self.file, &*message.data);
        if message.flags & 2 != 0 {
            // The type, the space and the fill value of a dataset may lie elsewhere: nothing leads out of the file by them.
            return match message.kind {
                0x01 | 0x03 | 0x04 | 0x05 => Ok(()),
                kind => Err(ReadError::unsupported(format!("a shared message of type {kind:#x}"), message.at)),
            };
        }
        match message.kind {
            0x01 => dataset.shape = message::dataspace(file, data)?.unwrap_or_default(),
            0x03 => dataset.kind = Some(message::datatype(data)?),
            0x02 => {
                if let Some((heap, tree)) = message::dense(file, data, 8)? {
                    let (objects, outcome) = dense::objects(file, heap, tree);
                    for object in objects {
                        self.link(message::link(file, &object)?, path, walk)?;
                    }
                    outcome?;
                }
            }
            0x06 => {
                self.link(message::link(file, data)?, path, walk)?;
            }
            0x07 => {
                let (heap, names) = message::external(file, data)?;
                let heap = heap.map(|heap| group::heap(file, heap)).transpose()?.unwrap_or_default();
                for at in names {
                    let target = group::name(&heap, at)?;
                    self.refer(walk, ReferenceKind::ExternalData, "external-storage", path, &target, message.at);
                }
            }
            0x08 => {
                dataset.layout = true;
                match message::layout(file, data)? {
                    Layout::Virtual(list) => self.sources(list, path, message.at, walk)?,
                    Layout::Contiguous(at, size) => dataset.pieces.push((at, size)),
                    Layout::Compact(bytes) => {
                        let name = place::escape_cut(path, PATH);
                        embedded::tensor(self.notes.member, &name, &Source::memory(bytes), walk);
                    }
                    Layout::Chunked(chunks) => dataset.chunks.push(chunks),
                    Layout::Nothing => {}
                }
            }
            0x0b => {
                let filters = message::filters(data)?;
                dataset.filters.extend(filters.iter().map(|(id, _)| *id));
                for (id, name) in filters.into_iter().filter(|(id, _)| !FILTERS.contains(id)) {
                    let target = [id.to_string().as_bytes(), b" ", &name].concat();
                    let target = target.trim_ascii_end();
                    self.refer(walk, ReferenceKind::Plugin, "filter", path, target, message.at);
                }
            }
            0x0c => self.attribute(data, path, walk)?,
            0x11 => {
                let mut reader = Reader::new(data);
                if let Some((tree, heap)) = file.address(&mut reader)?.zip(file.address(&mut reader)?) {
                    self.wait(Open::Group(tree, heap), path)?;
                }
            }
            0x15 => {
                if let Some((heap, tree)) = message::dense(file, data, 2)? {
                    let (objects, outcome) = dense::objects(file, heap, tree);
                    for object in objects {
                        let outcome = self.attribute(&object, path, walk);
                        self.keep(outcome, walk)?;
                    }
                    outcome?;
                }
            }
            // NIL, fill values, group information, comments, times, B-tree widths, counts of references: numbers and prose.
            0x00 | 0x04 | 0x05 | 0x0a | 0x0d | 0x0e | 0x12 | 0x13 | 0x16 | 0x17 | 0x18 => {}
            kind => return Err(ReadError::unsupported(format!("a header message of type {kind:#x}"), message.at)),
        }
        Ok(())
    }

    fn link(&mut self, link: Link, path: &[u8], walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut path = path.to_vec();
        if path.len() < PATH {
            path.push(b'/');
            path.extend_from_slice(link.name.get(..PATH.min(link.name.len())).unwrap_or_default());
        }
        match link.target {
            Target::Hard(header, cached) => {
                if let Some((tree, heap)) = cached {
                    self.wait(Open::Group(tree, heap), &path)?;
                }
                self.wait(Open::Header(header), &path)?;
            }
            // What it names is an object that some other link leads to, an external one too.
            Target::Soft(_) => {}
            Target::External(target, _) => {
                self.refer(walk, ReferenceKind::Link, "external-link", &path, &target, None);
            }
            Target::User(kind) => {
                let target = kind.to_string();
                self.refer(walk, ReferenceKind::Plugin, "user-defined-link", &path, target.as_bytes(), None);
            }
        }
        Ok(())
    }

    fn refer(
        &self,
        walk: &mut Walk<'_>,
        kind: ReferenceKind,
        by: &str,
        path: &[u8],
        target: &[u8],
        at: impl Into<Option<u64>>,
    ) {
        let leads = if kind == ReferenceKind::Plugin { Leads::Lookup } else { Leads::Unknown };
        let record = Reference {
            member: self.notes.member,
            format: FormatId::Hdf5,
            kind,
            by: by.to_owned(),
            name: Some(place::escape_cut(path, PATH)),
            target: String::new(),
            leads,
            to: None,
            offset: at.into(),
            count: 1,
        };
        walk.reference(record, target);
    }

    /// The sources of a virtual dataset (III.E, "Global heap block for virtual datasets"): the first file's name. Behind it stand
    /// selections, whose length only their readers know.
    fn sources(
        &mut self,
        list: Option<(u64, u32)>,
        path: &[u8],
        at: u64,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        let Some((address, index)) = list else { return Ok(()) };
        let block = self.global.object(self.file, address, index)?;
        let mut reader = Reader::new(&block);
        let version = reader.u8()?;
        if version != 0 {
            return Err(ReadError::unsupported(format!("version {version} of a virtual dataset's list"), at));
        }
        let count = self.file.size(&mut reader)?;
        if count == 0 {
            return Ok(());
        }
        let first = text(reader.rest()).to_vec();
        self.refer(walk, ReferenceKind::Link, "virtual-dataset", path, &first, at);
        if count > 1 {
            return Err(ReadError::unsupported("a virtual dataset of several sources: the first is read", at));
        }
        Ok(())
    }

    fn attribute(&mut self, data: &[u8], path: &[u8], walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let attribute = message::attribute(self.file, data)?;
        let size = attribute.kind.size.saturating_mul(attribute.count);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let Some(value) = attribute.data.get(..size) else {
            return Err(ReadError::truncated("the value of an attribute", None));
        };
        if attribute.kind.class != 9 {
            // h5py drops the NULs behind a text of fixed length, and only those.
            let end = value.iter().rposition(|byte| *byte != 0).map_or(0, |at| at.saturating_add(1));
            let value = value.get(..end).unwrap_or_default().to_vec();
            return self.value(&attribute, path, value, walk);
        }
        self.lengths = self.lengths.saturating_add(usize::from(!attribute.kind.text));
        let mut reader = Reader::new(value);
        for _ in 0..attribute.count.min(TEXTS) {
            self.file.step()?;
            let length = u64::from(reader.le_u32()?);
            let address = self.file.address(&mut reader)?;
            let index = reader.le_u32()?;
            let Some(address) = address.filter(|address| *address != 0 && length > 0) else { continue };
            let bytes = self.global.object(self.file, address, index)?;
            // A text ends at its first NUL.
            let bytes = if attribute.kind.text { text(&bytes).to_vec() } else { bytes };
            self.value(&attribute, path, bytes, walk)?;
        }
        if attribute.count > TEXTS {
            return Err(Exhausted("values").into());
        }
        Ok(())
    }

    /// Hands a value over when it is a format of its own. Text that is nothing more leaves no trace.
    fn value(&mut self, of: &Attribute<'_>, path: &[u8], value: Vec<u8>, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let keras = JSON.contains(&of.name.as_slice());
        // PyTables, vlarray.py, `VLArray._g_open`: `object`, or whatever is not a text when it was unpickled itself.
        let pickled = match of.name.as_slice() {
            b"PSEUDOATOM" => !matches!(text(&value), b"vlstring" | b"vlunicode"),
            b"FLAVOR" => text(&value) == b"Object",
            _ => false,
        };
        self.pickled = self.pickled.saturating_add(usize::from(pickled));
        let key = || place::escape_cut(&[path, b"@", &of.name].concat(), PATH);
        let source = Source::memory(value);
        let claim = walk.claims(&source);
        if !keras && (claim == Claim::No || source.size() < 2) {
            embedded::text(self.notes.member, &key(), &source.bytes_at(0, embedded::TEXT)?, walk);
            return Ok(());
        }
        if self.members >= MEMBERS {
            return Err(Exhausted("members").into());
        }
        let mark = walk.before();
        let name = [path, b"@", of.name.get(..PATH.min(of.name.len())).unwrap_or_default()].concat();
        let promised = keras.then_some(FormatId::KerasConfig);
        let entry = Entry { payload: !keras, promised, ..Entry::default() };
        let id = walk.member(Some(self.notes.member), &name, Origin::Value, &source, Hash::Wanted, entry);
        let formats = id.and_then(|id| walk.facts(id)).map(|member| member.formats.clone()).unwrap_or_default();
        if !keras && formats.iter().all(|format| *format == FormatId::Text) {
            walk.take_back(mark);
            embedded::text(self.notes.member, &key(), &source.bytes_at(0, embedded::TEXT)?, walk);
        } else {
            self.members = self.members.saturating_add(1);
        }
        Ok(())
    }
}
