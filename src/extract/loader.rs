//! What a configuration tells the library that loads it: one pass over the values of a JSON, YAML or Triton document that keeps the
//! names of code, and what a model declares of itself. Knows where loaders look for names; never what a name is worth.

mod names;

pub(super) use names::evaluated;
pub(super) mod requirement;

use crate::extract::embedded::Looked;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Declaration, FormatId, Leads, MemberId, Reference, ReferenceKind};
use crate::limits::{Exhausted, Limits};
use crate::place;
use names::{Packages, Place};
use std::collections::BTreeSet;

/// Bytes kept of a name. What is cut names nothing that is listed.
const NAME: usize = 512;

/// A step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The value of a key.
    Key(String),
    /// An item of a list, by its number from 0 on.
    Item(u64),
}

/// The pass over one document.
pub(super) struct Pass {
    /// Name of the file, lower case: some keys mean something in one file only.
    file: String,
    path: Vec<Step>,
    /// The first of a pair of texts that name something together, and the depth at which it stood.
    first: Option<(usize, String)>,
    found: Vec<Found>,
    /// Names that stand where no loader is known to look: each is kept once, for whole data sets may be such documents.
    usual: BTreeSet<String>,
    declared: Vec<Declared>,
    looked: Looked,
    /// How many of each are kept.
    most: usize,
    cut: bool,
}

struct Found {
    kind: ReferenceKind,
    by: String,
    name: Option<String>,
    target: String,
    offset: Option<u64>,
}

struct Declared {
    key: String,
    place: String,
    value: String,
    offset: Option<u64>,
}

impl Pass {
    /// A pass that has seen nothing, over the file of that name.
    pub(super) fn new(file: &str, limits: &Limits) -> Self {
        Self {
            file: file.to_lowercase(),
            path: Vec::new(),
            first: None,
            found: Vec::new(),
            usual: BTreeSet::new(),
            declared: Vec::new(),
            looked: Looked::default(),
            most: usize::try_from(limits.records).unwrap_or(usize::MAX),
            cut: false,
        }
    }

    /// Begins the document again, as another reader would read it.
    pub(super) fn restart(&mut self) {
        self.path.clear();
        self.first = None;
    }

    /// Steps into the value of a key or an item.
    pub(super) fn enter(&mut self, step: Step) {
        self.path.push(step);
    }

    /// Steps from an item to the next one of its list, which has that number.
    pub(super) fn next(&mut self, number: u64) {
        if let Some(step) = self.path.last_mut() {
            *step = Step::Item(number);
        }
    }

    /// Steps out of it.
    pub(super) fn leave(&mut self) {
        self.path.pop();
        if self.first.as_ref().is_some_and(|(depth, _)| *depth > self.path.len()) {
            self.first = None;
        }
    }

    /// A text as value.
    pub(super) fn text(&mut self, text: &str, offset: Option<u64>) {
        let path = &self.path;
        if path.last() == Some(&Step::Key(names::PICKLED.to_owned())) {
            self.looked.pickled(text, || written(path));
        } else {
            self.looked.document(text, || written(path));
        }
        let Some(Step::Key(_) | Step::Item(_)) = self.path.last() else { return };
        if let Some(key) = names::declares(&self.path) {
            self.declare(key.to_owned(), text, offset);
        }
        if names::expression(&self.file, text) {
            let name = self.name();
            self.keep(ReferenceKind::Global, names::EXPRESSION.to_owned(), name, text.to_owned(), offset);
        }
        match names::place(&self.file, &self.path) {
            Some(Place::Names(kind, by)) if names::plausible(by, text) => {
                let name = self.name();
                self.keep(kind, by.to_owned(), name, text.to_owned(), offset);
            }
            Some(Place::Packages(sort)) => {
                let found = match sort {
                    Packages::Pip => requirement::sources(text),
                    Packages::Conda => {
                        requirement::conda(text).map(|target| ("dependency", target)).into_iter().collect()
                    }
                    Packages::Channel => {
                        requirement::channel(text).map(|target| ("channel", target)).into_iter().collect()
                    }
                };
                for (by, target) in found {
                    let name = self.name();
                    self.keep(ReferenceKind::Package, by.to_owned(), name, target, offset);
                }
            }
            Some(Place::First) => self.first = Some((self.path.len().saturating_sub(1), head(text))),
            Some(Place::Second(by)) => {
                if let Some((_, first)) = self.first.take() {
                    let name = self.name();
                    self.keep(ReferenceKind::Global, by.to_owned(), name, format!("{first}.{text}"), offset);
                }
            }
            None if names::usual(&self.path, text) && !self.usual.contains(text) => {
                let name = self.name();
                self.usual.insert(head(text));
                self.keep(ReferenceKind::Global, names::USUAL.to_owned(), name, text.to_owned(), offset);
            }
            _ => {}
        }
    }

    /// A boolean as value.
    pub(super) fn flag(&mut self, value: bool, offset: Option<u64>) {
        if let Some(Step::Key(key)) = self.path.last()
            && value
            && names::trusts(&self.file, key)
        {
            self.declare(key.clone(), "true", offset);
        }
    }

    /// Something that is named otherwise than by a text under a key: a tag, a pair of fields.
    pub(super) fn names(
        &mut self,
        kind: ReferenceKind,
        by: &str,
        name: Option<String>,
        target: &str,
        offset: Option<u64>,
    ) {
        let name = name.or_else(|| self.name());
        self.keep(kind, head(by), name, target.to_owned(), offset);
    }

    /// Whether a name of code was found that a loader is known to look up.
    pub(super) fn names_code(&self) -> bool {
        self.found.iter().any(|one| one.by != names::USUAL)
    }

    /// Whether anything was found.
    pub(super) fn any(&self) -> bool {
        !self.found.is_empty() || !self.declared.is_empty()
    }

    fn keep(&mut self, kind: ReferenceKind, by: String, name: Option<String>, target: String, offset: Option<u64>) {
        if self.found.len() >= self.most {
            self.cut = true;
        } else if !self.found.iter().rev().take(64).any(|one| one.by == by && one.target == target) {
            self.found.push(Found { kind, by, name, target, offset });
        }
    }

    fn declare(&mut self, key: String, value: &str, offset: Option<u64>) {
        if self.declared.len() >= self.most {
            self.cut = true;
        } else {
            self.declared.push(Declared { key, place: self.name().unwrap_or_default(), value: head(value), offset });
        }
    }

    /// The way to the value as a text; `None` at the top.
    fn name(&self) -> Option<String> {
        let text = written(&self.path);
        (!text.is_empty()).then(|| place::escape_cut(text.as_bytes(), NAME))
    }

    /// Writes what was found into the facts.
    pub(super) fn record(self, member: MemberId, format: FormatId, walk: &mut Walk<'_>) {
        if self.cut {
            walk.incomplete(member, Some(format), ReadError::Limit(Exhausted("records")));
        }
        self.looked.write(member, walk);
        for one in self.declared {
            let value = place::escape_cut(one.value.as_bytes(), NAME);
            walk.declaration(Declaration { member, format, key: one.key, place: one.place, value, offset: one.offset });
        }
        for one in self.found {
            let lookup = matches!(one.kind, ReferenceKind::Module | ReferenceKind::Global | ReferenceKind::Command);
            let record = Reference {
                member,
                format,
                kind: one.kind,
                by: place::escape_cut(one.by.as_bytes(), NAME),
                name: one.name,
                target: String::new(),
                leads: if lookup { Leads::Lookup } else { Leads::Unknown },
                to: None,
                offset: one.offset,
                count: 1,
            };
            walk.reference(record, one.target.as_bytes());
        }
    }
}

/// A way to a value: `auto_map.AutoModel[0]`.
fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::Item(number) => text.push_str(&format!("[{number}]")),
        }
        if text.len() > NAME {
            break;
        }
    }
    text
}

/// The first bytes of a text.
fn head(text: &str) -> String {
    text.get(..text.floor_char_boundary(NAME)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, path: &[Step], text: &str) -> Vec<(ReferenceKind, String, String)> {
        let mut pass = Pass::new(file, &Limits::default());
        path.iter().for_each(|step| pass.enter(step.clone()));
        pass.text(text, None);
        pass.found.into_iter().map(|one| (one.kind, one.by, one.target)).collect()
    }

    fn path(text: &str) -> Vec<Step> {
        let step = |part: &str| part.parse().map_or_else(|_| Step::Key(part.to_owned()), Step::Item);
        text.split('/').map(step).collect()
    }

    #[test]
    fn names_of_code_are_found_where_loaders_look() {
        for (file, at, text, by) in [
            ("config.json", "auto_map/AutoModel", "modeling_x.XModel", "auto_map"),
            ("tokenizer_config.json", "auto_map/AutoTokenizer/0", "tokenization_x.XTokenizer", "auto_map"),
            ("tokenizer_config.json", "auto_map/0", "tokenization_x.XTokenizer", "auto_map"),
            ("config.json", "custom_pipelines/pairs/impl", "pairs.PairPipeline", "custom_pipelines"),
            ("model_config.yaml", "trainer/callbacks/0/_target_", "os.system", "_target_"),
            ("modules.json", "0/type", "custom.Transformer", "type"),
            ("config.json", "activation_function", "torch.nn.modules.activation.Tanh", "activation_function"),
            ("state.json", "a/py/reduce", "", ""),
            ("state.json", "a/py~object", "os.system", "py/object"),
            ("adapter_config.json", "auto_mapping/parent_library", "evil", "parent_library"),
            ("MLmodel", "flavors/python_function/loader_module", "evil", "loader_module"),
            ("MANIFEST.json", "model/handler", "handler.py:run", "handler"),
            ("config.json", "attn_implementation", "evil/kernel@main:attend", "attn_implementation"),
            ("config.json", "text_config/_attn_implementation", "evil~kernel", ""),
            ("config.json", "attn_implementation/text_config", "evil/kernel", "attn_implementation"),
            ("modules.json", "0/path", "../other", "path"),
            ("yolov5s.yaml", "backbone/0/2", "__import__('os').system('id')", "eval"),
            ("yolov5s.yaml", "head/4/3/1", "os.system('id')", "eval"),
            ("yolov5s.yaml", "activation", "exec ('id')", "activation"),
            ("yolov5s.yaml", "activation", "[exec][0]('id')", "activation"),
            ("infer_cfg.yml", "Preprocess/0/type", "eval('id')", "eval"),
            ("metadata.yaml", "names", "{0: open('x')}", "metadata"),
            ("config.txt", "imgsz", "[1, f'{id (1)}']", "metadata"),
            ("config.txt", "kpt_shape", "(print #'\n\n (1))", "metadata"),
            ("MLmodel", "flavors/python_function/model_path", "../model.pkl", "path"),
            ("model-settings.json", "implementation", "mine.Runtime", "implementation"),
            ("model-settings.json", "MLSERVER_MODEL_IMPLEMENTATION", "mine.Runtime", "implementation"),
            ("model-settings.json", "parameters/uri", "../x.joblib", "uri"),
            ("model-settings.json", "parameters/environment_tarball", "env.tar.gz", "environment_tarball"),
            ("settings.json", "model_repository_implementation", "mine.Repository", "model_repository_implementation"),
            ("settings.json", "logging_settings", "../logging.ini", "logging_settings"),
            ("settings.json", "logging_settings/handlers/x/class", "mine.Handler", "()"),
            ("logging.yaml", "formatters/x/()", "mine.build", "()"),
            ("config.yaml", "model/init_args/encoder/class_path", "mine.Encoder", "class_path"),
            ("conda.yaml", "dependencies/2/pip/0", "x @ https://host/x.whl", "requirement"),
            ("environment.yml", "channels/0", "https://host/c", "channel"),
            ("conda.yaml", "dependencies/0", "https://host/c::x", "dependency"),
            ("python_env.yaml", "build_dependencies/0", "--index-url https://host/s", "--index-url"),
            ("tasks.json", "tasks/0/runOptions/runOn", "folderOpen", "runOn"),
            ("x.code-workspace", "tasks/tasks/0/runOptions/runOn", "folderOpen", "runOn"),
            ("tasks.json", "tasks/0/command", "id", "task"),
            ("tasks.json", "tasks/0/linux/command", "id", "task"),
            ("devcontainer.json", "postCreateCommand", "id", "postCreateCommand"),
            ("devcontainer.json", "initializeCommand/0", "id", "initializeCommand"),
            ("devcontainer.json", "onCreateCommand/a", "id", "onCreateCommand"),
            ("cog.yaml", "predict", "predict.py:Predictor", "cog.predict"),
            ("bentofile.yaml", "service", "service:Service", "bentofile.service"),
            ("settings.json", "python.defaultInterpreterPath", "./run", "interpreter"),
            (".mcp.json", "mcpServers/x/command", "id", "mcpServers"),
            ("mcp.json", "servers/x/command", "id", "mcpServers"),
            ("settings.json", "hooks/SessionStart/0/hooks/0/command", "id", "hooks"),
            ("config.yaml", "_base_", "./evil.py", "_base_"),
            ("config.json", "_base_/0", "../evil.py", "_base_"),
            ("config.json", "model_file", "evil.py", "model_file"),
            ("configuration.json", "plugins/0", "evil", "plugins"),
            ("tokenizer_config.json", "vocab_file", "/etc/passwd", "vocab_file"),
            ("tokenizer_config.json", "merges_file", "../merges.txt", "vocab_file"),
            ("config.json", "transformers_weights", "../x.safetensors", "transformers_weights"),
            ("config.json", "backbone", "hf-hub:evil/net", "backbone"),
            ("genai_config.json", "model/decoder/session_options/custom_ops_library", "/x.so", "custom_ops_library"),
            ("hyperparams.yaml", "model/ckp_path", "/x.pkl", "_path"),
            ("policy_preprocessor.json", "steps/0/class", "subprocess.Popen", "steps.class"),
            ("config.yaml", "pipeline/name", "builtins.dict", "pipeline.name"),
            ("config.yaml", "preprocessors/audio/name", "subprocess.Popen", "preprocessors.name"),
            ("plans.json", "configurations/2d/architecture/network_class_name", "torch.hub.load", "network_class_name"),
            ("plans.json", "configurations/2d/architecture/arch_kwargs/conv_op", "os.system", "arch_kwargs"),
            ("predictor.json", "kwargs/distr_output/class", "os.system", "gluonts"),
            ("settings.json", "terminal.integrated.profiles.linux/x/path", "${workspaceFolder}/run", "interpreter"),
        ] {
            let steps: Vec<Step> = path(at)
                .into_iter()
                .map(|step| match step {
                    Step::Key(key) => Step::Key(key.replace('~', "/")),
                    item => item,
                })
                .collect();
            let found = found(file, &steps, text);
            let by_found = found.first().map_or("", |(_, by, _)| by.as_str());
            assert_eq!(by_found, by, "{file} {at}");
        }
    }

    #[test]
    fn dotted_names_are_kept_where_classes_and_functions_are_usual() {
        for key in
            ["class", "_class_", "cls", "load_fn", "networkClassName", "@module", "uses", "entry_point", "name/0"]
        {
            let name = || (ReferenceKind::Global, names::USUAL.to_owned(), "subprocess.Popen".to_owned());
            assert_eq!(found("x.json", &path(&format!("a/0/{key}")), "subprocess.Popen"), [name()], "{key}");
        }
        for (key, text) in [
            ("class", "Popen"),
            ("class", "a cat. a dog"),
            ("name", "image.jpg"),
            ("name", "model.layers.0.weight"),
            ("version", "subprocess.Popen"),
            ("class", "a..b"),
        ] {
            assert_eq!(found("x.json", &path(key), text), [], "{key} {text}");
        }
    }

    #[test]
    fn switches_are_declared() {
        for (file, key, declared) in [
            ("config.json", "trust_remote_code", 1),
            ("configuration.json", "allow_remote", 1),
            ("config.json", "allow_remote", 0),
        ] {
            let mut pass = Pass::new(file, &Limits::default());
            pass.enter(Step::Key(key.to_owned()));
            pass.flag(false, None);
            pass.flag(true, None);
            assert_eq!(pass.declared.len(), declared, "{file} {key}");
        }
    }

    #[test]
    fn expressions_of_a_bundle_are_found() {
        for text in ["$import glob", "$__import__('os').system('id')", "$@network.to(@device)", "$monai.os"] {
            assert_eq!(found("inference.json", &path("a/0"), text).len(), 1, "{text}");
            assert_eq!(found("data.json", &path("a/0"), text).len(), 0, "{text}");
        }
        for text in ["$HOME", "${a.b}", "$@network", "5 $ (about)"] {
            assert_eq!(found("inference.json", &path("a/0"), text), [], "{text}");
        }
    }

    #[test]
    fn a_usual_name_is_kept_once() {
        let mut pass = Pass::new("x.json", &Limits::default());
        path("a/class").into_iter().for_each(|step| pass.enter(step));
        for round in 0..200 {
            pass.text(&format!("a.b{}", round % 100), None);
        }
        assert_eq!(pass.found.len(), 100);
        assert!(!pass.names_code());
    }

    #[test]
    fn other_texts_name_nothing() {
        for (file, at, text) in [
            ("config.json", "activation_function", "gelu_new"),
            ("tokenizer.json", "model/type", "BPE"),
            ("config.json", "architectures/0", "LlamaForCausalLM"),
            ("config.json", "attn_implementation", "flash_attention_2"),
            ("modules.json", "0/path", ""),
            ("yolov5s.yaml", "backbone/0/2", "Conv"),
            ("yolov5s.yaml", "backbone/0/2", "nn.Upsample"),
            ("yolov5s.yaml", "head/0/3/1", "nearest"),
            ("yolov5s.yaml", "head/0/3/0", "nc * (anchors + 5)"),
            ("yolov5s.yaml", "activation", "torch.nn.LeakyReLU(0.1)"),
            ("train.yaml", "activation", "tf.nn.relu"),
            ("infer_cfg.yml", "Preprocess/0/type", "NormalizeImage"),
            ("model.yaml", "target", "text"),
            ("tokenizer_config.json", "tokenizer_class", "LlamaTokenizer"),
            ("config.yaml", "optimizer/class_path", "Adam"),
            ("config.json", "class_path", "/lib/a.jar"),
            ("conda.yaml", "channels/0", "conda-forge"),
            ("conda.yaml", "dependencies/0", "python=3.11"),
            ("conda.yaml", "dependencies/1/pip/0", "mlflow==2.9.2"),
            ("python_env.yaml", "dependencies/0", "-r requirements.txt"),
            ("tasks.json", "tasks/0/runOptions/runOn", "default"),
            ("settings.json", "python.defaultInterpreterPath", "/usr/bin/python3"),
            ("settings.json", "editor.fontFamily", "./x"),
            ("config.yaml", "pipeline/name", "diarization"),
            ("tokenizer_config.json", "vocab_file", "vocab.txt"),
            ("tokenizer_config.json", "special_tokens_map_file", "/root/.cache/x"),
            ("config.json", "backbone", "resnet50"),
            ("hyperparams.yaml", "pretrained_path", "speechbrain/asr-crdnn"),
            ("config.yaml", "_base_", "../base.yaml"),
            ("config.yaml", "_base_", "mmdet::_base_/default_runtime.py"),
            ("config.json", "model_file", "model.bin"),
            ("plans.json", "configurations/2d/architecture/arch_kwargs/kernel", "same"),
        ] {
            assert!(found(file, &path(at), text).is_empty(), "{file} {at}");
        }
    }
}
