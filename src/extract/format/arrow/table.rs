//! Tables of FlatBuffers ("FlatBuffers Internals", "Tables"), looked at field by field: no generated code, every offset checked.

/// A buffer of FlatBuffers.
#[derive(Clone, Copy)]
pub(super) struct Buffer<'a>(pub &'a [u8]);

/// A table: where it begins and where the offsets of its fields stand.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    buffer: Buffer<'a>,
    /// Where it begins.
    pub at: usize,
    fields: usize,
    size: usize,
}

impl<'a> Buffer<'a> {
    fn u16(self, at: usize) -> Option<usize> {
        let bytes = self.0.get(at..at.checked_add(2)?)?;
        Some(usize::from(u16::from_le_bytes(bytes.try_into().ok()?)))
    }

    fn u32(self, at: usize) -> Option<usize> {
        let bytes = self.0.get(at..at.checked_add(4)?)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    }

    /// The outermost table.
    pub(super) fn root(self) -> Option<Table<'a>> {
        self.table(0)
    }

    /// The table that the offset at this place leads to.
    fn table(self, at: usize) -> Option<Table<'a>> {
        let at = at.checked_add(self.u32(at)?)?;
        let bytes = self.0.get(at..at.checked_add(4)?)?;
        let back = isize::try_from(i32::from_le_bytes(bytes.try_into().ok()?)).ok()?;
        let fields = at.checked_add_signed(back.checked_neg()?)?;
        Some(Table { buffer: self, at, fields, size: self.u16(fields)? })
    }
}

impl<'a> Table<'a> {
    /// Where a field stands; `None` when the table does not have it.
    fn field(self, number: usize) -> Option<usize> {
        let slot = number.checked_mul(2)?.checked_add(4)?;
        if slot.checked_add(2)? > self.size {
            return None;
        }
        let offset = self.buffer.u16(self.fields.checked_add(slot)?)?;
        if offset == 0 { None } else { self.at.checked_add(offset) }
    }

    /// A field of one byte.
    pub(super) fn byte(self, number: usize) -> Option<u8> {
        self.buffer.0.get(self.field(number)?).copied()
    }

    /// A field of eight bytes.
    pub(super) fn long(self, number: usize) -> Option<i64> {
        let at = self.field(number)?;
        let bytes = self.buffer.0.get(at..at.checked_add(8)?)?;
        Some(i64::from_le_bytes(bytes.try_into().ok()?))
    }

    /// A field that is a table.
    pub(super) fn table(self, number: usize) -> Option<Table<'a>> {
        self.buffer.table(self.field(number)?)
    }

    /// A field that is a text.
    pub(super) fn text(self, number: usize) -> Option<&'a [u8]> {
        let at = self.field(number)?;
        let at = at.checked_add(self.buffer.u32(at)?)?;
        let from = at.checked_add(4)?;
        self.buffer.0.get(from..from.checked_add(self.buffer.u32(at)?)?)
    }

    /// A field that is a list of tables: those that can be read, and whether these are all.
    pub(super) fn tables(self, number: usize) -> (impl Iterator<Item = Option<Table<'a>>>, usize) {
        let buffer = self.buffer;
        let vector = self.field(number).and_then(|at| at.checked_add(buffer.u32(at)?));
        let count = vector.and_then(|at| buffer.u32(at)).unwrap_or(0);
        // No more items than there are bytes for.
        let room = vector.map_or(0, |at| buffer.0.len().saturating_sub(at).checked_div(4).unwrap_or(0));
        let first = vector.and_then(|at| at.checked_add(4));
        let items = (0..count.min(room)).map(move |index| buffer.table(first?.checked_add(index.checked_mul(4)?)?));
        (items, count)
    }

    /// Whether the table has the field.
    pub(super) fn has(self, number: usize) -> bool {
        self.field(number).is_some()
    }
}
