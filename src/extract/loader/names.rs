//! Where loaders look for names of code in a configuration: which key, in which file. Each line says whose loader that is.

use crate::extract::loader::Step;
use crate::extract::{embedded, python};
use crate::facts::ReferenceKind::{self, Command, File, Global, Library, Module, Package};

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A name of that kind, and what names it.
    Names(ReferenceKind, &'static str),
    /// The module of a pair.
    First,
    /// The class of a pair, and what names it.
    Second(&'static str),
    /// What an installer is to fetch or build.
    Packages(Packages),
}

/// In whose words packages are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packages {
    /// A line of pip's requirements.
    Pip,
    /// A dependency of conda.
    Conda,
    /// A channel of conda.
    Channel,
}

/// The key of a cloudpickle in Base64 (stable-baselines3, common/save_util.py, `json_to_data`).
pub(super) const PICKLED: &str = ":serialized:";

/// Keys that switch on the code of a repository when they are true (transformers, and other loaders that took the word over).
const TRUST: &[&str] = &["trust_remote_code"];

/// Whether a key that is true lets a loader run the repository's code (modelscope, utils/plugins.py, `register_modelhub_repo`, for the second).
pub(super) fn trusts(file: &str, key: &str) -> bool {
    TRUST.contains(&key) || (file == "configuration.json" && key == "allow_remote")
}

/// Keys of the outermost object by which model cards and configurations declare something (Hugging Face, "Model Cards", metadata
/// specification; transformers, configuration_utils.py, `_name_or_path`; peft, config.py, `base_model_name_or_path`).
const DECLARED: &[&str] = &[
    "license",
    "license_name",
    "license_link",
    "base_model",
    "base_model_relation",
    "base_model_name_or_path",
    "library_name",
    "_name_or_path",
];

/// Keys that name code in any file.
const ANYWHERE: &[(&str, ReferenceKind)] = &[
    // hydra (hydra/_internal/instantiate/_instantiate2.py) and NeMo, at any depth.
    ("_target_", Global),
    // jsonargparse, _typehints.py, `adapt_typehints`: Lightning's command line, at any depth.
    ("class_path", Global),
    // sentence-transformers: Dense.py, CrossEncoder.py; before 4.0 under the second name.
    ("activation_function", Global),
    ("activation_fn", Global),
    ("default_activation_function", Global),
    ("sbert_ce_default_activation_function", Global),
    // sentence-transformers, WordEmbeddings.py.
    ("tokenizer_class", Global),
    // PEFT: auto.py, `auto_mapping`; tuners/lora/tp_layer.py.
    ("parent_library", Module),
    ("megatron_core", Module),
    // MLflow, pyfunc/__init__.py.
    ("loader_module", Module),
    ("model_code_path", File),
    // MMEngine, config/config.py, `_file2dict`: a text or a list.
    ("_base_", File),
    // jsonpickle, tags.py.
    ("py/object", Global),
    ("py/type", Global),
    ("py/function", Global),
    ("py/property", Global),
    ("py/mod", Module),
    ("py/repr", Global),
];

/// By what a dotted name is kept that stands where a name of code is usual, though no loader is known that looks there.
pub(super) const USUAL: &str = "usual key";

/// By what an expression is kept that MONAI evaluates.
pub(super) const EXPRESSION: &str = "$";

/// Whether MONAI evaluates a text where its bundle is run or loaded (monai/bundle/config_item.py, `ConfigExpression`): it begins with `$`, and has
/// a call, a module or an attribute. Which folder the file lies in is for the policy to ask.
pub(super) fn expression(file: &str, text: &str) -> bool {
    let known = yaml(file) || file.ends_with(".json");
    let rest = text.strip_prefix('$').unwrap_or_default();
    known
        && !rest.starts_with('{')
        && (rest.contains(['(', '.', '[', '%']) || rest.trim_start().starts_with("import") || rest.contains("__"))
        && WORKFLOWS.iter().any(|part| file.contains(part))
}

/// Parts of the names that a bundle's workflows have (MONAI, "MONAI Bundle Specification"; monai/bundle/scripts.py, `load`). Data sets, whose
/// texts may be programs of other languages, have others.
const WORKFLOWS: &[&str] =
    &["infer", "train", "eval", "valid", "predict", "config", "gpu", "export", "workflow", "test"];

/// Ends of keys that hold a class or function, without what is no letter: `class`, `_class_`, `target_class`, `network_class_name`.
const ENDS: &[&str] = &[
    "class",
    "classname",
    "klass",
    "cls",
    "callable",
    "callback",
    "function",
    "functionname",
    "func",
    "fn",
    "factory",
    "constructor",
    "entrypoint",
    "implementation",
    "loader",
    "module",
    "processor",
];

/// Keys that hold one, and other things as well.
const WHOLE: &[&str] = &["import", "kind", "method", "name", "object", "target", "type", "uses"];

/// What files end with that are named under such keys.
const FILES: &[&str] = &[
    "bin",
    "csv",
    "gif",
    "gz",
    "jpeg",
    "jpg",
    "json",
    "mp3",
    "mp4",
    "npy",
    "npz",
    "onnx",
    "pdf",
    "png",
    "pt",
    "pth",
    "safetensors",
    "tif",
    "tiff",
    "txt",
    "wav",
    "yaml",
    "yml",
    "zip",
];

/// Keys of MLflow by which its flavours name the files that they load (mlflow/pyfunc, mlflow/sklearn and the like, `load_model`).
const MLFLOW: &[&str] =
    &["path", "model_path", "python_model", "pickled_model", "model_data", "saved_model_dir", "data"];

/// The parts of a network whose layers YOLO's files list.
const LAYERS: &[&str] = &["backbone", "head"];

/// Names of conda's lists of an environment (conda, `conda env create`; mlflow/utils/environment.py, `_CONDA_ENV_FILE_NAME`).
const CONDA: &[&str] = &["conda.yaml", "conda.yml", "environment.yaml", "environment.yml"];

/// Parts of a dictionary that configures Python's logging in which a factory may be named.
const LOGGING: &[&str] = &["formatters", "filters", "handlers"];

/// Commands of a development container, in the order in which they run (containers.dev, "Lifecycle scripts").
const CONTAINER: &[&str] = &[
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
];

/// Tables of tools in `pyproject.toml` that say where dependencies come from, and the keys of an address (Poetry, "Dependency specification";
/// uv, "Dependency sources"; PDM, "Dependency").
const TOOLS: &[&str] = &["poetry", "uv", "pdm"];
const ADDRESSES: &[&str] = &["git", "hg", "svn", "url"];

/// Metadata of exported models that are evaluated where they are texts (Ultralytics before 8.3.240, nn/autobackend.py, `AutoBackend`).
const EXPORTED: &[&str] = &["names", "imgsz", "kpt_shape", "kpt_names", "args"];

/// Files in which GluonTS writes objects (gluonts/model/predictor.py; gluonts/torch/model/predictor.py; gluonts/mx/model/predictor.py).
const GLUONTS: &[&str] =
    &["predictor.json", "parameters.json", "input_transform.json", "prediction_net.json", "prediction_net_kwargs.json"];

/// A text that is handed to Python's `eval`.
const EVALUATED: Option<Place> = Some(Place::Names(Global, "eval"));

/// Keys that name a kernel of the Hub, `organisation/name`, where another text names an implementation of transformers itself
/// (transformers/integrations/hub_kernels.py, `is_kernel`).
const KERNELS: &[&str] = &["attn_implementation", "_attn_implementation", "_attn_implementation_internal"];

/// What stands at a path of a file.
pub(super) fn place(file: &str, path: &[Step]) -> Option<Place> {
    let keys: Vec<&str> = path
        .iter()
        .rev()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Item(_) => None,
        })
        .take(3)
        .collect();
    let last = keys.first().copied().unwrap_or_default();
    let above = keys.get(1).copied().unwrap_or_default();
    // transformers, dynamic_module_utils.py: a text, or a list of the slow and the fast tokenizer.
    if above == "auto_map" || last == "auto_map" {
        return Some(Place::Names(Global, "auto_map"));
    }
    // transformers, configuration_utils.py: a text, or one by part of the model.
    if let Some(by) = [above, last].into_iter().find_map(|key| KERNELS.iter().find(|name| **name == key)) {
        return Some(Place::Names(Module, by));
    }
    if last == "impl" && keys.get(2) == Some(&"custom_pipelines") {
        return Some(Place::Names(Global, "custom_pipelines"));
    }
    if let Some((by, kind)) = ANYWHERE.iter().find(|(key, _)| *key == last) {
        return Some(Place::Names(*kind, by));
    }
    match (file, path) {
        // sentence-transformers, `_load_sbert_model`.
        ("modules.json", [Step::Item(_), Step::Key(key)]) if key == "type" => Some(Place::Names(Global, "type")),
        ("modules.json", [Step::Item(_), Step::Key(key)]) if key == "path" => Some(Place::Names(File, "path")),
        // sentence-transformers, Router.py, once Asym.py.
        ("router_config.json" | "config.json", [Step::Key(key), Step::Key(_)]) if key == "types" => {
            Some(Place::Names(Global, "types"))
        }
        // diffusers, pipeline_loading_utils.py: `"unet": ["diffusers", "UNet2DConditionModel"]`.
        ("model_index.json" | "modular_model_index.json", [Step::Key(_), Step::Item(0)]) => Some(Place::First),
        ("model_index.json" | "modular_model_index.json", [Step::Key(key), Step::Item(1)]) => {
            Some(Place::Second(if key == "_class_name" { "_class_name" } else { "component" }))
        }
        // diffusers, modular_pipelines/modular_pipeline.py: `"unet": [null, null, {"type_hint": ["diffusers", "UNet2DConditionModel"]}]`.
        ("modular_model_index.json", [Step::Key(_), Step::Item(2), Step::Key(key), Step::Item(at)])
            if key == "type_hint" =>
        {
            match at {
                0 => Some(Place::First),
                1 => Some(Place::Second("component")),
                _ => None,
            }
        }
        // TorchServe, model-archiver: MAR-INF/MANIFEST.json.
        ("manifest.json", [Step::Key(model), Step::Key(key)]) if model == "model" => match key.as_str() {
            "handler" => Some(Place::Names(Module, "handler")),
            "modelFile" => Some(Place::Names(Module, "modelFile")),
            "requirementsFile" => Some(Place::Names(File, "requirementsFile")),
            _ => None,
        },
        // MLflow: the folder that goes in front of Python's search path.
        ("mlmodel", [.., Step::Key(key)]) if key == "code" => Some(Place::Names(File, "code")),
        ("mlmodel", [.., Step::Key(key)]) if MLFLOW.contains(&key.as_str()) => Some(Place::Names(File, "path")),
        ("mlmodel", [.., Step::Key(key)]) if key == "keras_module" => Some(Place::Names(Module, "keras_module")),
        // YOLOv5 and YOLOv7, models/yolo.py, `parse_model`; Ultralytics before 8.2, nn/tasks.py: the module of a layer and its arguments.
        (file, [Step::Key(part), Step::Item(_), Step::Item(2)]) if yaml(file) && LAYERS.contains(&part.as_str()) => {
            EVALUATED
        }
        (file, [Step::Key(part), Step::Item(_), Step::Item(3), ..])
            if yaml(file) && LAYERS.contains(&part.as_str()) =>
        {
            EVALUATED
        }
        (file, [Step::Key(key)]) if yaml(file) && key == "activation" => Some(Place::Names(Global, "activation")),
        // The same in an archive of TorchScript, and beside models in other formats.
        ("config.txt" | "metadata.yaml", [Step::Key(key)]) if EXPORTED.contains(&key.as_str()) => {
            Some(Place::Names(Global, "metadata"))
        }
        // PaddleDetection, deploy/python/infer.py, `Detector.preprocess`.
        ("infer_cfg.yml", [Step::Key(part), Step::Item(_), Step::Key(key)])
            if part == "Preprocess" && key == "type" =>
        {
            EVALUATED
        }
        // MLServer, settings.py, `ModelSettings` and `ModelParameters`; utils.py, `get_model_uri`.
        ("model-settings.json", [Step::Key(key)])
            if key == "implementation" || key == "MLSERVER_MODEL_IMPLEMENTATION" =>
        {
            Some(Place::Names(Global, "implementation"))
        }
        ("model-settings.json", [Step::Key(part), Step::Key(key)]) if part == "parameters" => match key.as_str() {
            "uri" => Some(Place::Names(File, "uri")),
            "environment_tarball" => Some(Place::Names(File, "environment_tarball")),
            "environment_path" => Some(Place::Names(File, "environment_path")),
            _ => None,
        },
        // MLServer's own settings, which `mlserver start FOLDER` reads there (cli/serve.py, `load_settings`); logging.py, `apply_logging_file`.
        ("settings.json", [Step::Key(key)]) if key == "model_repository_implementation" => {
            Some(Place::Names(Global, "model_repository_implementation"))
        }
        ("settings.json", [Step::Key(key)]) if key == "logging_settings" => {
            Some(Place::Names(File, "logging_settings"))
        }
        // Python, Library Reference, logging.config, "Dictionary Schema Details" and "User-defined objects".
        (_, [.., Step::Key(part), Step::Key(_), Step::Key(key)]) if LOGGING.contains(&part.as_str()) && key == "()" => {
            Some(Place::Names(Global, "()"))
        }
        ("settings.json", [Step::Key(settings), Step::Key(part), Step::Key(_), Step::Key(key)])
            if settings == "logging_settings" && part == "handlers" && key == "class" =>
        {
            Some(Place::Names(Global, "()"))
        }
        // replicate/cog, docs/yaml.md: `predict.py:Predictor`; newer versions say `run`.
        ("cog.yaml", [Step::Key(key)]) if ["predict", "run", "train"].contains(&key.as_str()) => {
            Some(Place::Names(Module, "cog.predict"))
        }
        // bentoml, _internal/bento/build_config.py, `BentoBuildConfig.service`: `service:Service`, or `service.py:Service`.
        ("bentofile.yaml", [Step::Key(key)]) if key == "service" => Some(Place::Names(Module, "bentofile.service")),
        (file, [Step::Key(part), rest @ ..]) if CONDA.contains(&file) => match (part.as_str(), rest) {
            ("channels", [Step::Item(_)]) => Some(Place::Packages(Packages::Channel)),
            ("dependencies", [Step::Item(_)]) => Some(Place::Packages(Packages::Conda)),
            ("dependencies", [Step::Item(_), Step::Key(key), Step::Item(_)]) if key == "pip" => {
                Some(Place::Packages(Packages::Pip))
            }
            _ => None,
        },
        // mlflow/utils/environment.py, `_PythonEnv`.
        ("python_env.yaml", [Step::Key(part), Step::Item(_)])
            if part == "dependencies" || part == "build_dependencies" =>
        {
            Some(Place::Packages(Packages::Pip))
        }
        ("pyproject.toml", path) => project(path),
        // Visual Studio Code, "Integrate with External Tools via Tasks", Run behavior.
        (file, [.., Step::Key(part), Step::Item(_), Step::Key(options), Step::Key(key)])
            if tasks(file) && part == "tasks" && options == "runOptions" && key == "runOn" =>
        {
            Some(Place::Names(Command, "runOn"))
        }
        (file, [.., Step::Key(part), Step::Item(_), Step::Key(key)])
            if tasks(file) && part == "tasks" && key == "command" =>
        {
            Some(Place::Names(Command, "task"))
        }
        (file, [.., Step::Key(part), Step::Item(_), Step::Key(system), Step::Key(key)])
            if tasks(file)
                && part == "tasks"
                && key == "command"
                && ["linux", "osx", "windows"].contains(&system.as_str()) =>
        {
            Some(Place::Names(Command, "task"))
        }
        ("devcontainer.json" | ".devcontainer.json", [Step::Key(key), rest @ ..]) => {
            let by = CONTAINER.iter().find(|name| **name == key)?;
            // A text, a list whose first item is the program, or several of them by name.
            let program = matches!(rest, [] | [Step::Item(0) | Step::Key(_)] | [Step::Key(_), Step::Item(0)]);
            program.then_some(Place::Names(Command, by))
        }
        // Servers of the Model Context Protocol that an agent starts (Claude Code, MCP, Project scope; Visual Studio Code, MCP configuration
        // reference; Cursor, MCP; Gemini CLI, MCP servers). Which folder the file lies in is for the policy to ask.
        ("mcp.json" | ".mcp.json" | "settings.json", [Step::Key(servers), Step::Key(_), Step::Key(key)])
            if key == "command" && ["mcpServers", "servers"].contains(&servers.as_str()) =>
        {
            Some(Place::Names(Command, "mcpServers"))
        }
        // Claude Code, Hooks reference: an event, the hooks of a matcher, the command of one.
        (
            "settings.json" | "settings.local.json",
            [Step::Key(hooks), Step::Key(_), Step::Item(_), Step::Key(inner), Step::Item(_), Step::Key(key)],
        ) if hooks == "hooks" && inner == "hooks" && key == "command" => Some(Place::Names(Command, "hooks")),
        ("settings.json", [Step::Key(key), ..]) if interpreter(key) => Some(Place::Names(Command, "interpreter")),
        (file, [Step::Key(part), Step::Key(key), ..])
            if part == "settings" && file.ends_with(".code-workspace") && interpreter(key) =>
        {
            Some(Place::Names(Command, "interpreter"))
        }
        // mlx_lm/utils.py, `load_model`.
        ("config.json", [Step::Key(key)]) if key == "model_file" => Some(Place::Names(File, "model_file")),
        // modelscope/utils/plugins.py, `register_plugins_repo`.
        ("configuration.json", [Step::Key(key)] | [Step::Key(key), Step::Item(_)]) if key == "plugins" => {
            Some(Place::Names(Module, "plugins"))
        }
        // transformers, tokenization_utils_base.py, `_from_pretrained`: what stands here goes before the file beside it.
        ("tokenizer_config.json", [Step::Key(key)])
            if key.ends_with("_file") && key != "special_tokens_map_file" && key != "tokenizer_config_file" =>
        {
            Some(Place::Names(File, "vocab_file"))
        }
        // transformers, modeling_utils.py, `_get_resolved_checkpoint_files`.
        ("config.json", [Step::Key(key)]) if key == "transformers_weights" => {
            Some(Place::Names(File, "transformers_weights"))
        }
        // transformers, utils/backbone_utils.py, `load_backbone`; the weights come from there.
        ("config.json", [.., Step::Key(key)]) if key == "backbone" => Some(Place::Names(Module, "backbone")),
        // onnxruntime-genai, src/config.cpp, `SessionOptions`.
        ("genai_config.json", [.., Step::Key(key)]) if key == "custom_ops_library" => {
            Some(Place::Names(Library, "custom_ops_library"))
        }
        // speechbrain, lobes/models/beats.py and others: checkpoints that a class opens by itself.
        ("hyperparams.yaml", [.., Step::Key(key)]) if key.ends_with("_path") => Some(Place::Names(File, "_path")),
        // lerobot/processor/pipeline.py, `_resolve_step_class`.
        (_, [Step::Key(steps), Step::Item(_), Step::Key(key)]) if steps == "steps" && key == "class" => {
            Some(Place::Names(Global, "steps.class"))
        }
        // pyannote/audio/core/pipeline.py, `Pipeline.from_pretrained`.
        (file, [Step::Key(part), Step::Key(key)]) if yaml(file) && part == "pipeline" && key == "name" => {
            Some(Place::Names(Global, "pipeline.name"))
        }
        (file, [Step::Key(part), Step::Key(_), Step::Key(key)])
            if yaml(file) && part == "preprocessors" && key == "name" =>
        {
            Some(Place::Names(Global, "preprocessors.name"))
        }
        // nnunetv2/utilities/get_network_from_plans.py: the class, and the arguments that `_kw_requires_import` names.
        (_, [.., Step::Key(key)]) if key == "network_class_name" => Some(Place::Names(Global, "network_class_name")),
        (_, [.., Step::Key(part), Step::Key(_)]) if part == "arch_kwargs" => Some(Place::Names(Global, "arch_kwargs")),
        // gluonts/core/serde/_base.py, `decode`.
        (file, [.., Step::Key(key)]) if key == "class" && GLUONTS.contains(&file) => {
            Some(Place::Names(Global, "gluonts"))
        }
        // NeMo, core/classes/common.py; `instantiate_from_config` of latent diffusion.
        (file, [.., Step::Key(key)]) if key == "target" && yaml(file) => Some(Place::Names(Global, "target")),
        _ => None,
    }
}

/// Whether a text is a dotted name under a key where classes and functions are usual. Names of tensors have numbers between the dots, and names
/// of files end as files do: neither is kept, so that the facts do not grow with them.
pub(super) fn usual(path: &[Step], text: &str) -> bool {
    let key = path.iter().rev().find_map(|step| if let Step::Key(key) = step { Some(key) } else { None });
    let Some(key) = key else { return false };
    let letters: String = key.chars().filter(char::is_ascii_alphabetic).map(|one| one.to_ascii_lowercase()).collect();
    (WHOLE.contains(&letters.as_str()) || ENDS.iter().any(|end| letters.ends_with(end)))
        && dotted(text)
        && !text.rsplit('.').next().is_some_and(|last| FILES.contains(&last))
}

/// Whether a text is two or more of Python's words with dots between them.
fn dotted(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|part| {
            !part.starts_with(|first: char| first.is_ascii_digit())
                && !part.is_empty()
                && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        })
}

/// What stands at a path of `pyproject.toml` (PyPA, "pyproject.toml specification"; PEP 517, "In-tree build backends"; PEP 735).
fn project(path: &[Step]) -> Option<Place> {
    let keys: Vec<&str> = path.iter().map(|step| if let Step::Key(key) = step { key.as_str() } else { "" }).collect();
    match keys.as_slice() {
        ["build-system", "requires", ""] | ["project", "dependencies", ""] => Some(Place::Packages(Packages::Pip)),
        ["project", "optional-dependencies", _, ""] | ["dependency-groups", _, ""] => {
            Some(Place::Packages(Packages::Pip))
        }
        ["build-system", "backend-path", ""] => Some(Place::Names(Package, "backend-path")),
        ["tool", tool, .., key] if TOOLS.contains(tool) && ADDRESSES.contains(key) && !keys.contains(&"urls") => {
            Some(Place::Names(Package, "tool"))
        }
        _ => None,
    }
}

/// Whether a file may hold tasks of Visual Studio Code.
fn tasks(file: &str) -> bool {
    file == "tasks.json" || file.ends_with(".code-workspace")
}

/// Whether a setting of Visual Studio Code names a program that it starts by itself: Python's interpreter, a terminal's shell, git.
fn interpreter(key: &str) -> bool {
    let python = key.starts_with("python.") && key.to_lowercase().ends_with("path");
    let shell = ["profiles.", "automationProfile.", "shell.", "automationShell."];
    let terminal =
        key.strip_prefix("terminal.integrated.").is_some_and(|rest| shell.iter().any(|part| rest.starts_with(part)));
    python || terminal || key == "git.path"
}

fn yaml(file: &str) -> bool {
    [".yaml", ".yml"].iter().any(|ending| file.ends_with(ending))
}

/// The key by which a path declares something.
pub(super) fn declares(path: &[Step]) -> Option<&'static str> {
    let key = match path {
        [Step::Key(key)] | [Step::Key(key), Step::Item(_)] => key,
        _ => return None,
    };
    DECLARED.iter().find(|name| *name == key).copied()
}

/// Whether a text under this key is a name at all: some keys have other texts too, which have no dot.
pub(super) fn plausible(by: &str, text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    match by {
        "activation_function" | "activation_fn" | "default_activation_function" | "tokenizer_class" | "types" => {
            text.contains('.')
        }
        "eval" => !computes(text),
        "metadata" => python::calls(text),
        // A name alone is looked up and not called.
        "activation" => text.contains('(') && !computes(text),
        // A task runs by itself only then.
        "runOn" => text == "folderOpen",
        // A path into the folder.
        "interpreter" => {
            let absolute = text.starts_with(['/', '~']) || text.get(1..2) == Some(":");
            !absolute && text.contains(['/', '\\'])
        }
        // Python is run, and what a package brings along is not the model's; other files are read.
        "_base_" => text.trim_end().ends_with(".py") && !text.contains("::"),
        "model_file" => [".py", ".pyc", ".so", ".pyd"].iter().any(|ending| text.ends_with(ending)),
        // A path that leaves the folder; configurations keep other paths of the machine that wrote them.
        "vocab_file" | "_path" => {
            text.starts_with(['/', '~', '\\']) || text.contains("..") || text.get(1..2) == Some(":")
        }
        "backbone" => text.contains('/'),
        // As transformers tells a kernel, behind the name of a wrapper and a bar.
        _ if KERNELS.contains(&by) => text.contains('/'),
        "target" | "class_path" | "steps.class" | "pipeline.name" | "preprocessors.name" | "network_class_name"
        | "arch_kwargs" | "gluonts" => dotted(text),
        _ => true,
    }
}

/// What evaluates a text under a key of a model's metadata, if it does something by that. One that is too long to be all there may.
pub(in crate::extract) fn evaluated(key: &str, text: &str) -> Option<&'static str> {
    let whole = u64::try_from(text.len()).is_ok_and(|size| size < embedded::TEXT);
    (EXPORTED.contains(&key) && (!whole || python::calls(text))).then_some("metadata")
}

/// Whether a text that is evaluated is a name, a number or a plain call of a layer: `Conv`, `nn.Upsample`, `nn.LeakyReLU(0.1)`, `nc * (anchors + 5)`.
fn computes(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_ +-*/%,=".contains(letter);
    let rest = text.strip_prefix("torch.").unwrap_or(text);
    let rest = rest.strip_prefix("nn.").unwrap_or(rest);
    // A dot is one of a number, and what is called has one name.
    let dots = rest.split('.').skip(1).all(|behind| behind.starts_with(|first: char| first.is_ascii_digit()));
    let calls = rest.match_indices('(').all(|(at, _)| {
        let before = rest.get(..at).unwrap_or_default().trim_end();
        let name =
            before.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next().unwrap_or_default();
        // A bracket groups behind an operator, and calls behind anything else.
        if name.is_empty() {
            before.is_empty() || before.ends_with(|last: char| "+-*/%,=(".contains(last))
        } else {
            name.starts_with(|first: char| first.is_ascii_uppercase())
        }
    });
    dots && calls && !rest.contains("__") && rest.chars().all(|letter| plain(letter) || "().[]'".contains(letter))
}
