//! joblib's arrays: what its wrapper objects and NumPy's dtypes say about the bytes that stand between the opcodes
//! (`joblib/numpy_pickle.py` `NumpyArrayWrapper.read_array`; `numpy/_core/src/multiarray/descriptor.c` `arraydescr_setstate`).

use crate::extract::pickle::decode::Decoder;
use crate::extract::pickle::text;
use crate::extract::pickle::value::{Heap, Value, kind};

/// What is known of an object that the interpreter follows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Record {
    /// A wrapper.
    Wrapper(Wrapper),
    /// A dtype.
    Dtype(Dtype),
    /// What `_codecs.encode` made of the text at this offset.
    Encoded(u64),
}

/// A `NumpyArrayWrapper`'s attributes.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Wrapper {
    /// The product of the shape.
    count: Option<u64>,
    dtype: Option<Value>,
    /// Whether `numpy_array_alignment_bytes` is set: a byte with the padding's length stands in front of the array.
    aligned: bool,
}

/// A dtype's size and whether it holds objects; `None` when not known.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Dtype {
    size: Option<u64>,
    object: Option<bool>,
}

/// What stands behind a wrapper's BUILD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// A pickle of the array.
    Pickle,
    /// Bytes of the array, after a byte with the padding's length and the padding if `aligned`.
    Bytes {
        /// Whether there is padding.
        aligned: bool,
        /// Bytes of the array.
        size: u64,
    },
    /// Not known.
    Unknown,
}

impl Dtype {
    /// From the arguments of `numpy.dtype`: a type code with a size, as `f8`, `<i4`, `U10`, `V8`, `O8`.
    pub(super) fn new(decoder: &Decoder<'_>, arguments: &[Value]) -> Self {
        let code = arguments.first().and_then(|value| value.offset()).and_then(|at| text::text(decoder, at, 32));
        let Some(code) = code.filter(text::Text::whole) else { return Self::default() };
        let Ok(code) = std::str::from_utf8(&code.bytes) else { return Self::default() };
        let code = code.trim_start_matches(['<', '>', '=', '|']);
        let digits: String = code.chars().skip(1).take_while(char::is_ascii_digit).collect();
        let number: Option<u64> = digits.parse().ok();
        match code.chars().next() {
            Some('O') => Self { size: number.or(Some(8)), object: Some(true) },
            Some('U') => Self { size: number.and_then(|number| number.checked_mul(4)), object: Some(false) },
            Some('M' | 'm') => Self { size: Some(8), object: Some(false) },
            Some('b' | '?') if digits.is_empty() => Self { size: Some(1), object: Some(false) },
            Some('i' | 'u' | 'f' | 'c' | 'b' | 'S' | 'a') => Self { size: number, object: Some(false) },
            // Fields may hold objects; the state says so.
            Some('V') => Self { size: number, object: None },
            _ => Self::default(),
        }
    }

    /// `dtype.__setstate__`: (version, order, subarray, names, fields, size, alignment, flags, ...). A size that is not -1 holds.
    pub(super) fn set_state(&mut self, heap: &Heap, state: Value) {
        let Some([_, _, _, _, fields, size, rest @ ..]) = heap.elements(state) else {
            *self = Self::default();
            return;
        };
        match size.as_int() {
            Some(-1) => {}
            Some(size) => self.size = u64::try_from(size).ok(),
            None => self.size = None,
        }
        let flags = rest.get(1).copied().and_then(Value::as_int);
        if self.object.is_none() {
            // NPY_ITEM_REFCOUNT is the lowest flag (numpy/ndarraytypes.h); no fields and no flags: plain bytes.
            self.object = match flags {
                Some(flags) => Some(flags & 1 == 1),
                None if fields.kind() == kind::NONE => Some(false),
                None => None,
            };
        }
    }
}

impl Wrapper {
    /// From the arguments of a call: (subclass, shape, order, dtype, allow_mmap, numpy_array_alignment_bytes=16).
    pub(super) fn new(heap: &Heap, arguments: &[Value]) -> Self {
        let mut wrapper = Self { aligned: true, ..Self::default() };
        if let Some(shape) = arguments.get(1) {
            wrapper.count = count(heap, *shape);
        }
        wrapper.dtype = arguments.get(3).copied();
        if let Some(alignment) = arguments.get(5) {
            wrapper.aligned = alignment.kind() != kind::NONE;
        }
        wrapper
    }

    /// BUILD with a dict of attributes.
    pub(super) fn set_state(&mut self, decoder: &Decoder<'_>, heap: &Heap, state: Value) {
        let mut cells = heap.cells(state);
        while let (Some(key), Some(value)) = (cells.next(), cells.next()) {
            let Some(name) = key.offset().and_then(|at| text::text(decoder, at, 64)) else { continue };
            match name.bytes.as_slice() {
                b"shape" => self.count = count(heap, value),
                b"dtype" => self.dtype = Some(value),
                b"numpy_array_alignment_bytes" => self.aligned = value.kind() != kind::NONE,
                _ => {}
            }
        }
    }

    /// What stands behind.
    pub(super) fn follows(&self, records: &[Record]) -> Follows {
        let record = self.dtype.and_then(|dtype| usize::try_from(dtype.record()).ok()?.checked_sub(1));
        let Some(Record::Dtype(dtype)) = record.and_then(|record| records.get(record)) else { return Follows::Unknown };
        match (dtype.object, dtype.size, self.count) {
            (Some(true), ..) => Follows::Pickle,
            (Some(false), Some(size), Some(count)) => match size.checked_mul(count) {
                Some(size) => Follows::Bytes { aligned: self.aligned, size },
                None => Follows::Unknown,
            },
            _ => Follows::Unknown,
        }
    }
}

/// The product of a shape.
fn count(heap: &Heap, shape: Value) -> Option<u64> {
    let size = heap.summary(shape)?.size;
    let elements = heap.elements(shape)?;
    if u64::try_from(elements.len()).ok()? != size {
        return None;
    }
    elements.iter().try_fold(1u64, |product, length| product.checked_mul(u64::try_from(length.as_int()?).ok()?))
}
