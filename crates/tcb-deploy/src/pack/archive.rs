//! Writes a ZIP archive. The bytes follow from the files alone: no time, no owner, no order of a
//! file system is in it.

/// 1 January 1980, the first day of the format.
const DATE: u16 = 1 << 5 | 1;

/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;

/// What a reader has to understand: 2.0, for compression.
const NEEDED: u16 = 20;

/// Written on Unix, which gives the upper half of the attributes their meaning.
const MADE_BY: u16 = 3 << 8 | NEEDED;

/// How hard to compress, from 0 to 10. Another level means other bytes of the same files.
const LEVEL: u8 = 6;

#[derive(Debug, Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

impl Archive {
    /// Adds a file; one that compression does not shrink is stored as it is. Nothing is added, and
    /// `None` returned, when the format has no place for it.
    pub(super) fn add(&mut self, name: &str, content: &[u8], is_program: bool) -> Option<()> {
        let compressed = miniz_oxide::deflate::compress_to_vec(content, LEVEL);
        let (method, data) =
            if compressed.len() < content.len() { (8_u16, &compressed[..]) } else { (0, content) };
        let offset = u32::try_from(self.bytes.len()).ok()?;
        let entries = self.entries.checked_add(1)?;

        // What both headers have in common.
        let mut facts = Vec::with_capacity(26);
        for word in [NEEDED, FLAGS, method, 0, DATE] {
            facts.extend(word.to_le_bytes());
        }
        facts.extend(crc32(content).to_le_bytes());
        facts.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
        facts.extend(u32::try_from(content.len()).ok()?.to_le_bytes());
        facts.extend(u16::try_from(name.len()).ok()?.to_le_bytes());
        facts.extend(0_u16.to_le_bytes());

        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&facts);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(data);

        let mode: u32 = if is_program { 0o100_755 } else { 0o100_644 };
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(MADE_BY.to_le_bytes());
        self.directory.extend(&facts);
        // No comment, the first disk, no internal attributes.
        self.directory.extend([0; 6]);
        self.directory.extend((mode << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries = entries;
        Some(())
    }

    /// How many bytes the archive has until now.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.directory.len()
    }

    /// Ends the archive. `None` when it is larger than the format allows.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        let Self { mut bytes, directory, entries } = self;
        let offset = u32::try_from(bytes.len()).ok()?;
        let size = u32::try_from(directory.len()).ok()?;
        bytes.extend(directory);
        bytes.extend(b"PK\x05\x06");
        bytes.extend([0; 4]);
        bytes.extend(entries.to_le_bytes());
        bytes.extend(entries.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend([0; 2]);
        Some(bytes)
    }
}

fn crc32(content: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0_u32;
        while index < 256 {
            let (mut rest, mut bit) = (index, 0);
            while bit < 8 {
                rest = if rest & 1 == 1 { rest >> 1 ^ 0xEDB8_8320 } else { rest >> 1 };
                bit += 1;
            }
            table[index as usize] = rest;
            index += 1;
        }
        table
    };
    let step = |rest: u32, byte: &u8| TABLE[usize::from(rest.to_le_bytes()[0] ^ byte)] ^ rest >> 8;
    !content.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_one_of_the_format() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn an_archive_has_its_files_byte_for_byte() {
        let long = "abc".repeat(1000);
        let mut archive = Archive::default();
        archive.add("a", b"x", false).unwrap();
        archive.add("b/\u{e4}", long.as_bytes(), true).unwrap();
        let bytes = archive.finish().unwrap();
        assert_eq!(&bytes[..4], b"PK\x03\x04");
        // Stored: header of 30 bytes, name, content.
        assert_eq!(&bytes[30..32], b"ax");
        // Compressed: the next header, its method, and what the data unpack to.
        let second = &bytes[32..];
        assert_eq!((&second[..4], second[8]), (&b"PK\x03\x04"[..], 8));
        let size = u32::from_le_bytes(second[18..22].try_into().unwrap()) as usize;
        let data = &second[30 + "b/\u{e4}".len()..][..size];
        assert_eq!(miniz_oxide::inflate::decompress_to_vec(data).unwrap(), long.as_bytes());
        assert!(bytes.len() < 300);
        // Mode of the second file in the directory.
        let end = bytes.len() - 22;
        let attributes = end - "b/\u{e4}".len() - 8;
        assert_eq!(bytes[attributes..attributes + 4], (0o100_755_u32 << 16).to_le_bytes());
    }
}
