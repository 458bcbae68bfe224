//! Which archive a zip is, by the names of its entries: torch, TorchScript, torch.package, torch.export, Keras, H2O. Never looks at content.

use crate::extract::format::note::Notes;
use crate::extract::format::zip::payloads::Unpickled;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{DeviationKind, FormatId, MemberId};

/// Folders of one torch archive; torch itself reads only the first entry's, so more are a curiosity.
const ROOTS: usize = 8;

/// Models in one MOJO whose trees are known; an ensemble of H2O's AutoML has some tens.
const MODELS: usize = 256;
/// What lies beside `model.ini`, some of it in every MOJO (hex/ModelMojoWriter.java).
const MOJO: &[&[u8]] = &[b"domains/", b"trees/", b"experimental/", b"models/"];

/// What the names say.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Folders with a `data.pkl`, lower case, with their `/`: miniz finds names without case.
    roots: Vec<Vec<u8>>,
    script: bool,
    /// Folders with a `.data/extern_modules`, as torch.package writes them.
    packages: Vec<Vec<u8>>,
    keras: bool,
    /// There is a `config.json` at the top, and the archive is Keras's or promises to be: Keras reads it before all else.
    config: bool,
    /// Folders of an archive of `torch.export`: with a `serialized_exported_program.json`, or an `archive_format`.
    exports: Vec<Vec<u8>>,
    /// Folders of H2O's models: those with a `model.ini` and what goes with it.
    mojos: Vec<Vec<u8>>,
    /// The first entry that lies outside the first entry's folder: torch refuses such an archive, other readers do not.
    stray: Option<Vec<u8>>,
    /// Weights that torch.export's loader unpickles, by the archive's own lists.
    pub unpickled: Unpickled,
}

impl Layout {
    /// What these names say together.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let mut layout = Self::default();
        let (mut config, mut keras) = (false, false);
        let (mut archives, mut legacy) = (Vec::new(), Vec::new());
        for name in names.clone() {
            let lower = name.to_ascii_lowercase();
            for (ending, roots) in [
                (&b"data.pkl"[..], &mut layout.roots),
                (b".data/extern_modules", &mut layout.packages),
                (b"serialized_exported_program.json", &mut layout.exports),
                (b"archive_format", &mut archives),
                (b"model.json", &mut legacy),
            ] {
                if let Some(root) = lower.strip_suffix(ending).filter(|root| is_root(root))
                    && roots.len() < ROOTS
                    && !roots.iter().any(|known| known == root)
                {
                    roots.push(root.to_vec());
                }
            }
            config |= name == b"config.json";
            keras |= matches!(name, b"metadata.json" | b"model.weights.h5" | b"model.weights.npz");
        }
        layout.exports.append(&mut archives);
        // TorchScript of before PyTorch 1.4, which is still loaded, has no pickle (torch/csrc/jit/serialization/import_legacy.cpp).
        legacy.retain(|root: &Vec<u8>| {
            let code = |name: &[u8]| {
                let lower = name.to_ascii_lowercase();
                lower
                    .strip_prefix(root.as_slice())
                    .is_some_and(|rest| rest.starts_with(b"code/") && rest.ends_with(b".py"))
            };
            !layout.roots.contains(root) && names.clone().any(code)
        });
        layout.roots.append(&mut legacy);
        let ini = names.clone().filter_map(|name| name.strip_suffix(b"model.ini"));
        let below = |root: &[u8], part: &[u8]| {
            names.clone().any(|name| name.strip_prefix(root).is_some_and(|rest| rest.starts_with(part)))
        };
        let mojo =
            |root: &&[u8]| (root.is_empty() || root.ends_with(b"/")) && MOJO.iter().any(|part| below(root, part));
        layout.mojos = ini.take(MODELS).filter(mojo).map(<[u8]>::to_vec).collect();
        let folder = |name: &[u8]| name.split(|byte| *byte == b'/').next().map(<[u8]>::to_ascii_lowercase);
        let first = names.clone().next().and_then(folder);
        layout.stray = names.clone().find(|name| folder(name) != first).map(<[u8]>::to_vec);
        layout.keras = config && keras;
        layout.config = config;
        layout.script = names
            .map(<[u8]>::to_ascii_lowercase)
            .any(|name| layout.below(&name).is_some_and(|rest| rest.starts_with(b"code/") || rest == b"constants.pkl"));
        layout
    }

    /// Whether it is a torch archive: of `torch.save`, `torch.jit.save` or `torch.package`.
    pub(super) fn torch(&self) -> bool {
        !self.roots.is_empty() || !self.packages.is_empty()
    }

    /// Says what the archive is.
    pub(super) fn claim(&mut self, member: MemberId, walk: &mut Walk<'_>) {
        if self.torch() {
            walk.claimed(member, FormatId::Torch);
            if self.script {
                walk.claimed(member, FormatId::Torchscript);
            }
            if let Some(stray) = &self.stray {
                let note = Notes { member, format: FormatId::Torch }.of(DeviationKind::InvalidValue).entry(stray);
                note.field("folder").expected("the first entry's").write(walk);
            }
            if !self.packages.is_empty() {
                let what = "the Python code of a torch.package runs when it is loaded, and is not read yet";
                walk.incomplete(member, Some(FormatId::Torch), ReadError::unsupported(what, None));
            }
        }
        if !self.exports.is_empty() {
            walk.claimed(member, FormatId::Pt2);
        }
        if self.mojos.iter().any(Vec::is_empty) {
            walk.claimed(member, FormatId::H2oMojo);
        }
        let promised = walk.facts(member).is_some_and(|member| member.promised.contains(&FormatId::Keras));
        self.config &= self.keras || promised;
        if self.config {
            walk.claimed(member, FormatId::Keras);
        }
    }

    /// What the archive's loader takes an entry for, whatever its content looks like.
    pub(super) fn promised(&self, name: &[u8]) -> Option<FormatId> {
        let lower = name.to_ascii_lowercase();
        if self.torchscript(name) {
            return Some(FormatId::TorchscriptCode);
        }
        if self.below(&lower) == Some(b"bytecode.pkl") {
            return Some(FormatId::TorchscriptBytecode);
        }
        let program = self.exported(&lower).is_some_and(|rest| {
            rest == b"serialized_exported_program.json" || (rest.starts_with(b"models/") && rest.ends_with(b".json"))
        });
        if program {
            return Some(FormatId::ExportedProgram);
        }
        (self.config && name == b"config.json").then_some(FormatId::KerasConfig)
    }

    /// Whether an entry is raw numbers that the archive describes: of H2O a tree or what PCA found; of torch `NAME/data/0`, `NAME/constants/0.storage`, `NAME/tensors/0`
    /// (caffe2/serialize and torch/csrc/jit/serialization), or torch.package's `NAME/.data/0.storage`.
    pub(super) fn payload(&self, name: &[u8]) -> bool {
        let tree = |rest: &[u8]| {
            // hex/tree/SharedTreeMojoWriter.java: `trees/t00_000.bin` by class and number, and `trees/t00_000_aux.bin`.
            let number = rest.strip_prefix(b"trees/t").and_then(|rest| rest.strip_suffix(b".bin"));
            let number = number.map(|number| number.strip_suffix(b"_aux").unwrap_or(number));
            number.is_some_and(|number| number.split(|byte| *byte == b'_').all(digits)) || rest == b"eigenvectors_raw"
        };
        let mojo = self.mojos.iter().filter_map(|root| name.strip_prefix(root.as_slice())).any(tree);
        let name = name.to_ascii_lowercase();
        let storage = self.below(&name).is_some_and(|rest| {
            [&b"data/"[..], b"constants/", b"tensors/"].iter().any(|folder| {
                rest.strip_prefix(*folder).is_some_and(|rest| digits(rest.strip_suffix(b".storage").unwrap_or(rest)))
            })
        });
        let packaged = self.packages.iter().filter_map(|root| name.strip_prefix(root.as_slice())).any(|rest| {
            rest.strip_prefix(b".data/").and_then(|rest| rest.strip_suffix(b".storage")).is_some_and(digits)
        });
        // torch/csrc/export/pt2_archive_constants.h: `data/weights/weight_0`, `data/constants/tensor_0`.
        let exported = self.exported(&name).is_some_and(|rest| {
            [&b"data/weights/weight_"[..], b"data/constants/tensor_"]
                .iter()
                .any(|folder| rest.strip_prefix(*folder).is_some_and(digits))
        });
        mojo || storage || packaged || (exported && !self.unpickled.holds(&name))
    }

    /// The folder of the storages that a torch archive's pickle of this name asks for; `None` when it is not that pickle
    /// (`torch/serialization.py` `_load`: `data.pkl`, and `data/KEY` beside it).
    pub(super) fn storages(&self, name: &[u8]) -> Option<Vec<u8>> {
        let root = name.len().checked_sub(b"data.pkl".len()).and_then(|length| name.get(..length))?;
        let lower = name.to_ascii_lowercase();
        (self.below(&lower)? == b"data.pkl").then(|| [root, b"data/"].concat())
    }

    /// Whether an entry is code that TorchScript's loader runs.
    pub(super) fn torchscript(&self, name: &[u8]) -> bool {
        let name = name.to_ascii_lowercase();
        name.ends_with(b".py") && self.below(&name).is_some_and(|rest| rest.starts_with(b"code/"))
    }

    /// What of a name, in lower case, stands behind the folder of an archive of `torch.export`.
    pub(super) fn exported<'n>(&self, lower: &'n [u8]) -> Option<&'n [u8]> {
        self.exports.iter().find_map(|root| lower.strip_prefix(root.as_slice()))
    }

    fn below<'n>(&self, lower: &'n [u8]) -> Option<&'n [u8]> {
        self.roots.iter().find_map(|root| lower.strip_prefix(root.as_slice()))
    }
}

/// Whether this is nothing or one folder with its `/`: torch's archives have all entries in one.
fn is_root(root: &[u8]) -> bool {
    match root.split_last() {
        None => true,
        Some((last, folder)) => *last == b'/' && !folder.contains(&b'/'),
    }
}

fn digits(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(u8::is_ascii_digit)
}
