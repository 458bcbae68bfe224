//! What stands in each kind of index, in the order in which the library reads it (faiss/impl/index_read.cpp). Kinds before inverted lists were
//! objects of their own (`IvFl`, `IvPQ` ...), and those of Intel's SVS, are not known here.

use super::Letters;
use Step::{
    Binary, Codes, DirectMap, Flat, Graph, Hashes, Header, Ids, If, Independent, Index, Lists, MultiHashes, Norms,
    Part, Skip, Times, Transform, Vector,
};

/// One part of an index.
pub(super) enum Step {
    /// The header of every index, and that of binary ones.
    Header,
    Binary,
    /// So many bytes of numbers.
    Skip(u64),
    /// A vector with its count before it: its name, type, and bytes of one item.
    Vector(&'static str, &'static str, u64),
    /// Vectors of floats, codes of bits, and ids: as many as the header says.
    Flat,
    Codes,
    Ids,
    /// An index in this one.
    Index,
    /// A transform.
    Transform,
    /// Other steps.
    Part(&'static [Step]),
    /// A number of so many bytes, and as often these steps.
    Times(u8, &'static [Step]),
    /// Whether these steps follow.
    If(&'static [Step]),
    /// How an additive quantizer keeps norms.
    Norms,
    /// Where each vector lies.
    DirectMap,
    /// An index behind which one number stands where it is `IndexIVFPQ`.
    Independent,
    /// Tables of hashes of binary vectors.
    Hashes,
    MultiHashes,
    /// Neighbours (`IndexNSG`).
    Graph,
    /// Inverted lists.
    Lists,
}

const CODES: Step = Vector("codes", "U8", 1);
const IVF: Step = Part(&[Header, Skip(16), Index, DirectMap]);
const PQ: Step = Part(&[Skip(24), Vector("centroids", "F32", 4)]);
const SQ: Step = Part(&[Skip(28), Vector("trained", "F32", 4)]);
const ADDITIVE: Step = Part(&[Skip(16), Vector("nbits", "I64", 8), Skip(1), Vector("codebooks", "F32", 4), Norms]);
const RQ: Step = Part(&[ADDITIVE, Skip(8)]);
const LSQ: Step = Part(&[ADDITIVE, Skip(69)]);
const PRQ: Step = Part(&[ADDITIVE, Times(8, &[RQ])]);
const PLSQ: Step = Part(&[ADDITIVE, Times(8, &[LSQ])]);
const HNSW: Step = Part(&[
    Vector("assign_probas", "F64", 8),
    Vector("cum_nneighbor_per_level", "I32", 4),
    Vector("levels", "I32", 4),
    Vector("offsets", "I64", 8),
    Vector("neighbors", "I32", 4),
    Skip(20),
]);
const RABITQ: Step = Skip(20);
const RABITQ_BITS: Step = Skip(28);
const CENTER: Step = Vector("center", "F32", 4);
/// Numbers of the fast scan of additive quantizers, flat and in lists.
const FAST: Step = Skip(73);
const FAST_LISTS: Step = Skip(74);
const LINEAR: Step = Part(&[Skip(1), Vector("A", "F32", 4), Vector("b", "F32", 4), Skip(9)]);
const PCA: Step =
    Part(&[Vector("mean", "F32", 4), Vector("eigenvalues", "F32", 4), Vector("PCAMat", "F32", 4), LINEAR]);

/// One entry of a table of hashes; one table of several; one list in blocks.
pub(super) const HASH: &[Step] = &[Vector("ids", "I64", 8), CODES];
pub(super) const MULTI_HASH: &[Step] = &[Skip(12), Vector("hashes", "U8", 1)];
pub(super) const BLOCKS: &[Step] = &[Vector("ids", "I64", 8), CODES];

/// The steps of a kind of index; `None` when it is not known.
pub(super) fn index(letters: Letters) -> Option<&'static [Step]> {
    Some(match &letters {
        b"null" => &[],
        b"IxFI" | b"IxF2" | b"IxFl" => &[Header, Flat],
        b"IxFP" | b"IxFp" => &[Skip(29), CODES, Vector("cum_sums", "F32", 4)],
        b"IxHe" => &[Header, Skip(6), Vector("thresholds", "F32", 4), Skip(4), Transform, CODES],
        b"IxPQ" => &[Header, PQ, CODES],
        b"IxPo" | b"IxPq" => &[Header, PQ, CODES, Skip(9)],
        b"IxRq" => &[Header, RQ, Skip(8), CODES],
        b"IxLS" => &[Header, LSQ, Skip(8), CODES],
        b"IxPR" => &[Header, PRQ, Skip(8), CODES],
        b"IxPL" => &[Header, PLSQ, Skip(8), CODES],
        b"ImRQ" => &[Header, RQ, Skip(4)],
        b"ILfs" => &[Header, LSQ, FAST, CODES],
        b"IRfs" => &[Header, RQ, FAST, CODES],
        b"IPLf" => &[Header, PLSQ, FAST, CODES],
        b"IPRf" => &[Header, PRQ, FAST, CODES],
        b"IVLf" => &[IVF, LSQ, FAST_LISTS, Lists],
        b"IVRf" => &[IVF, RQ, FAST_LISTS, Lists],
        b"NPLf" => &[IVF, PLSQ, FAST_LISTS, Lists],
        b"NPRf" => &[IVF, PRQ, FAST_LISTS, Lists],
        b"IwFl" => &[IVF, Lists],
        b"IwFd" => &[IVF, Vector("instances", "I64", 8), Lists],
        b"IwPn" => &[IVF, Skip(8), Lists],
        b"IwP2" => &[IVF, Skip(16), Lists],
        b"IxSQ" => &[Header, SQ, CODES],
        b"IxLa" => &[Skip(16), Header, Vector("trained", "F32", 4)],
        b"IwSQ" => &[IVF, SQ, Skip(8), Lists],
        b"IwSq" => &[IVF, SQ, Skip(9), Lists],
        b"IwLS" => &[IVF, Skip(8), LSQ, Skip(5), Lists],
        b"IwRQ" => &[IVF, Skip(8), RQ, Skip(5), Lists],
        b"IwPL" => &[IVF, Skip(8), PLSQ, Skip(5), Lists],
        b"IwPR" => &[IVF, Skip(8), PRQ, Skip(5), Lists],
        b"IwSh" => &[IVF, Transform, Skip(12), Vector("trained", "F32", 4), Lists],
        b"IwPQ" => &[IVF, Skip(9), PQ, Lists],
        b"IwQR" => &[IVF, Skip(9), PQ, Lists, PQ, Vector("refine_codes", "U8", 1), Skip(4)],
        b"IwPf" => &[IVF, Skip(33), PQ, Lists],
        b"IwIQ" => &[Header, Index, If(&[Transform]), Independent],
        b"IxPT" => &[Header, Times(4, &[Transform]), Index],
        b"Imiq" => &[Header, PQ],
        b"IxRF" | b"IxRP" => &[Header, Index, Index, Skip(4)],
        b"IxMp" | b"IxM2" => &[Header, Index, Ids],
        b"Ix2L" => &[Header, Index, Skip(9), PQ, Skip(24), CODES],
        b"IHNf" | b"IHNp" | b"IHNs" | b"IHN2" => &[Header, HNSW, Index],
        b"IHNc" => &[Header, Skip(6), HNSW, Index],
        b"IHc2" => &[Header, Skip(10), HNSW, Index],
        b"IHfP" => &[Header, Skip(8), Vector("cum_sums", "F32", 4), HNSW, Index],
        b"INSf" | b"INSp" | b"INSs" => &[Header, Skip(21), Graph, Index],
        b"INNf" => &[Header, Skip(37), Vector("final_graph", "I32", 4), Index],
        b"IPfs" => &[Header, PQ, Skip(28), CODES],
        b"IRMf" | b"IRMh" => &[Header, Index],
        b"Irfn" => &[Header, RABITQ_BITS, CENTER, Skip(29), CODES],
        b"Ixrq" => &[Header, RABITQ, CODES, CENTER, Skip(1)],
        b"Ixrr" => &[Header, RABITQ_BITS, CODES, CENTER, Skip(1)],
        b"Iwrq" => &[IVF, RABITQ, Skip(10), Lists],
        b"Iwrr" => &[IVF, RABITQ_BITS, Skip(10), Lists],
        b"Iwrn" => &[IVF, RABITQ_BITS, Skip(35), Lists],
        b"IBxF" => &[Binary, Codes],
        b"IBwF" => &[Binary, Skip(16), Index, DirectMap, Lists],
        b"IBFf" => &[Binary, Index],
        b"IBHf" => &[Binary, HNSW, Index],
        b"IBHc" => &[Binary, Skip(6), HNSW, Index],
        b"IBMp" | b"IBM2" => &[Binary, Index, Ids],
        b"IBHh" => &[Binary, Skip(8), Hashes],
        b"IBHm" => &[Binary, Index, Skip(4), MultiHashes],
        _ => return None,
    })
}

/// The steps of a kind of transform; each ends with its widths and whether it is trained.
pub(super) fn transform(letters: Letters) -> Option<&'static [Step]> {
    Some(match &letters {
        b"rrot" | b"LTra" => &[LINEAR],
        b"PCAm" => &[Skip(5), PCA],
        b"PcAm" => &[Skip(9), PCA],
        b"Pcam" => &[Skip(13), PCA],
        b"Viqm" => &[Skip(8), LINEAR],
        b"RmDT" => &[Vector("map", "I32", 4), Skip(9)],
        b"VNrm" => &[Skip(13)],
        b"VCnt" => &[Vector("mean", "F32", 4), Skip(9)],
        b"Viqt" => &[Vector("mean", "F32", 4), Skip(1), Transform, Transform, Skip(9)],
        b"HRot" => &[Skip(13)],
        _ => return None,
    })
}
