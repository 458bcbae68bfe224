//! What is known within another format: content that is read as what it lies in, and told apart by what is there. Reads nothing itself.

use crate::extract::format::FormatInfo;
use crate::facts::FormatId;

/// Those without a reader of their own: `weighbridge formats` lists them behind the formats that they lie in.
pub(super) static REFINED: &[FormatInfo] = &[
    within(
        FormatId::Torch,
        &[FormatId::Zip],
        "torch archive (.pt, .bin): its pickle, its storages, and what else lies in it",
    ),
    within(
        FormatId::Torchscript,
        &[FormatId::Zip],
        "TorchScript archive: its pickles, its code and byte code, constants and storages",
    ),
    within(
        FormatId::Pt2,
        &[FormatId::Zip],
        "archive of torch.export (.pt2): the program, what AOTInductor compiled, weights and pickled inputs",
    ),
    within(FormatId::Npz, &[FormatId::Zip], "zip of NumPy arrays: each is read, pickled ones too"),
    within(FormatId::Keras, &[FormatId::Zip], "Keras 3 archive: its configuration, weights and assets"),
    within(FormatId::TorchTar, &[FormatId::Tar], "torch's oldest file: a tar whose members are read as pickles"),
    within(
        FormatId::TorchLegacy,
        &[FormatId::Pickle],
        "torch's older file: five pickles, and the storages behind them",
    ),
    within(FormatId::Joblib, &[FormatId::Pickle], "pickle with the bytes of NumPy arrays between its opcodes"),
    within(
        FormatId::Mlc,
        &[FormatId::Json],
        "tensor cache of TVM (MLC-LLM, WebLLM): its tensors, and the files that hold them",
    ),
];

const fn within(id: FormatId, within: &'static [FormatId], about: &'static str) -> FormatInfo {
    FormatInfo { id, read: true, within, about }
}

#[cfg(test)]
mod tests {
    use crate::extract::formats;
    use crate::facts::FormatId;
    use std::collections::BTreeSet;

    #[test]
    fn every_format_that_facts_may_name_is_listed_once() {
        let listed: Vec<String> = formats().iter().map(|format| format.id.name()).collect();
        let schema = schemars::schema_for!(FormatId);
        let values = schema.as_value()["oneOf"].as_array().unwrap().iter().map(|one| one["const"].as_str().unwrap());
        assert_eq!(listed.iter().map(String::as_str).collect::<BTreeSet<_>>(), values.collect::<BTreeSet<_>>());
        assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len());
    }
}
