"""TorchScript archives: code members that act while the archive is read."""

from case import add, case



SOURCES = {
    "save": ("torch.save(torch.zeros(1), 'marker')", ""),
    "save-ops": ("torch.ops.aten.save(torch.zeros(1), 'marker')", ""),
    "save-list": ("torch.save([torch.zeros(1), torch.ones(2)], 'marker')", ""),
    "save-computed-name": ("torch.save(torch.zeros(1), 'mar' + 'ker')", ""),
    "save-joined-name": ("torch.save(torch.zeros(1), ''.join(['mar', 'ker']))", ""),
    "save-in-branch": ("""
        if int(state[0].numel()) > 0:
            torch.save(torch.zeros(1), 'marker')""", ""),
    "save-in-loop": ("""
        for number in range(3):
            if number == 2:
                torch.save(torch.zeros(number), 'marker')""", ""),
    "save-in-function": ("deed('marker')", """
def deed(name: str):
    torch.save(torch.zeros(1), name)"""),
    "save-in-method": ("self.deed('marker')", ""),
    "from-file": ("assert torch.from_file('marker', True, 16).numel() > 0", ""),
    "from-file-typed": ("self.training = torch.from_file('marker', shared=True, size=4, dtype=torch.uint8).numel() > 0", ""),
}
PROGRAM = """
import torch
from typing import Tuple
{helper}


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()

    @torch.jit.export
    def __getstate__(self) -> Tuple[torch.Tensor, bool]:
        return torch.zeros(2), self.training

    @torch.jit.export
    def deed(self, name: str):
        torch.save(torch.zeros(1), name)

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, bool]):
        self.training = state[1]
        {write}

    def forward(self, x):
        return x
"""


def scripted(write: str, helper: str, path, wrap=None, **options):
    """Compiles the program from a file (TorchScript reads sources from files) and saves the archive to `path`."""
    import importlib.util
    import tempfile
    from pathlib import Path

    import torch

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "program.py"
        file.write_text(PROGRAM.format(write=write, helper=helper))
        spec = importlib.util.spec_from_file_location("program", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        model = module.Inner()
        if wrap:
            model = wrap(torch, model)
        torch.jit.save(torch.jit.script(model), str(path), **options)


for name, (write, helper) in SOURCES.items():
    case(f"torchscript/{name}", "torch-jit")(lambda path, write=write, helper=helper: scripted(write, helper, path))
PLAIN = SOURCES["save"]
for loader in ("torch", "torch-weights-only"):
    case(f"torchscript/by-{loader}", loader)(lambda path: scripted(*PLAIN, path))
    case(f"torchscript/from-file-by-{loader}", loader)(lambda path: scripted(*SOURCES["from-file"], path))
case("torchscript/submodule", "torch-jit")(lambda path: scripted(*PLAIN, path, wrap=lambda torch, model: torch.nn.Sequential(torch.nn.Linear(2, 2), model)))
case("torchscript/deep-submodule", "torch-weights-only")(lambda path: scripted(
    *PLAIN, path, wrap=lambda torch, model: torch.nn.Sequential(torch.nn.Sequential(torch.nn.Sequential(torch.nn.ReLU(), model)))))
case("torchscript/extra-files", "torch-jit")(lambda path: scripted(*PLAIN, path, _extra_files={"readme.txt": "hello"}))
for end in (".pth", ".bin", ".ckpt", ".ptl"):
    case(f"torchscript/named{end}", "torch-weights-only", file=f"model{end}")(lambda path: scripted(*PLAIN, path))


@case("torchscript/renamed-members", "torch-jit")
def _(path):
    """The archive's folder has another name than its file."""
    import io

    buffer = path.parent / "other-name.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    scripted(*PLAIN, buffer)
    data = buffer.read_bytes()
    buffer.unlink()
    assert io.BytesIO(data).read(2) == b"PK"
    path.write_bytes(data)


@case("torchscript/deflated", "torch-jit")
def _(path):
    """The same members, deflated: miniz unpacks them."""
    import io
    import zipfile

    scripted(*PLAIN, path)
    data = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
