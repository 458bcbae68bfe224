//! Java class files (JVM specification, 4.1): code for the Java virtual machine. Never disassembled.

use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Executable, FormatId, MemberId};

/// Java class files.
pub(super) struct JavaClass;

/// Bytes of the shortest class file: its header, a table of constants with one of a byte, and what every class has behind it.
const SHORTEST: u64 = 26;

impl Format for JavaClass {
    fn id(&self) -> FormatId {
        FormatId::JavaClass
    }

    fn about(&self) -> &'static str {
        "Java class file, alone or in a jar: its header"
    }

    fn claims(&self, window: &Window) -> Claim {
        // Versions begin at 45; a Mach-O file for several processors has the same magic, and no so many of them.
        let class = matches!(window.head.as_slice(), [0xca, 0xfe, 0xba, 0xbe, _, _, 0, 45..=255, ..]);
        if class { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        // Java 1.1 is 45, Java 8 is 52: the release is the version less 44 (JVM specification, table 4.1-A).
        let release = source.bytes_at(7, 1)?.first().map(|version| version.saturating_sub(44));
        let machine = release.map(|release| format!("java {release}"));
        walk.executable(Executable { member, format: FormatId::JavaClass, machine, kind: "class".to_owned() });
        if source.size() < SHORTEST { Err(ReadError::truncated("the end of the class", source.size())) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::format::trial::facts;
    use crate::facts::{FormatId, IncompleteKind};

    #[test]
    fn a_class_is_told_from_a_program_for_several_processors() {
        let mut class = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 2];
        assert!(facts("A.class", &class).lacks(IncompleteKind::Truncated));
        class.resize(40, 0);
        let tables = facts("A.class", &class);
        assert_eq!(tables.formats(), [FormatId::JavaClass]);
        assert_eq!(tables.executables[0].machine.as_deref(), Some("java 17"));
        assert!(tables.incomplete.is_empty());
        let mut fat = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2];
        fat.resize(64, 0);
        assert_eq!(facts("libA.dylib", &fat).formats(), [FormatId::MachO]);
    }
}
