//! What a file is, as its content tells; and what could do harm where it is opened.

/// Where a kind of file shows itself: the place of its mark, the mark, and its media type. The first that fits counts.
const MARKS: &[(usize, &[u8], &str)] = &[
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
];
const ZIP: &str = "application/zip";
/// What old office programs write.
const OLE: &str = "application/x-ole-storage";
const TEXT: &str = "text/plain";
const UNKNOWN: &str = "application/octet-stream";

/// Names of one content: what the content shows, and what a sender may call it more exactly.
const FINER: &[(&str, &[&str])] = &[
    (ZIP, &["application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.", "application/epub+zip"]),
    (OLE, &["application/msword", "application/vnd.ms-", "application/vnd.visio"]),
    ("audio/ogg", &["video/ogg", "audio/opus"]),
    ("video/webm", &["audio/webm", "video/x-matroska"]),
    ("video/mp4", &["audio/mp4", "video/3gpp", "audio/x-m4a"]),
    (TEXT, &["text/", "application/json", "application/xml", "image/svg+xml", "message/rfc822", "application/mbox"]),
];

/// The media type of a file as its content tells; `declared` only says it more exactly, where the two agree.
pub fn media_type(declared: &str, content: &[u8]) -> String {
    let marked = |(at, mark, _): &&(usize, &[u8], &str)| content.get(*at..).is_some_and(|rest| rest.starts_with(mark));
    let found = MARKS.iter().find(marked).map_or_else(|| if is_text(content) { TEXT } else { UNKNOWN }, |(_, _, kind)| kind);
    let declared = declared.to_ascii_lowercase();
    let finer = FINER.iter().find(|(kind, _)| *kind == found).map_or(&[][..], |(_, finer)| finer);
    if finer.iter().any(|start| declared.starts_with(start)) {
        return declared;
    }
    if found == ZIP {
        let names = zip_names(content);
        let part = |folder: &str| names.iter().any(|name| name.starts_with(folder.as_bytes()));
        let office = [("word/", "wordprocessingml.document"), ("xl/", "spreadsheetml.sheet"), ("ppt/", "presentationml.presentation")];
        if let Some((_, kind)) = office.into_iter().find(|(folder, _)| part(folder)) {
            return format!("application/vnd.openxmlformats-officedocument.{kind}");
        }
    }
    found.to_owned()
}

/// Whether it reads as text: UTF-8 without control characters but those of lines.
fn is_text(content: &[u8]) -> bool {
    std::str::from_utf8(content).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x0c')))
}

/// Ends of names of what a computer runs when it is opened, and of office files that hold macros.
const RUNS: &[&str] = &[
    "apk", "bat", "chm", "cmd", "com", "cpl", "dll", "docm", "dotm", "exe", "gadget", "hta", "jar", "js", "jse", "lnk", "msi", "msp",
    "pif", "potm", "ppam", "ppsm", "pptm", "ps1", "psm1", "reg", "scf", "scr", "sldm", "sys", "vbe", "vbs", "wsf", "wsh", "xlam", "xlsb",
    "xlsm", "xltm",
];

/// Beginnings of programs: of Linux, macOS (both byte orders, and of several processors or Java), Android; shortcuts of Windows.
const PROGRAMS: &[&[u8]] = &[
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"dex\n0",
    b"\0asm",
    b"L\0\0\0\x01\x14\x02\0",
];

/// Whether a computer would run it when it is opened: by its name or its content.
pub fn is_executable(name: &str, content: &[u8]) -> bool {
    // Windows leaves out dots and spaces at the end.
    let name = name.trim_end_matches(['.', ' ']).to_lowercase();
    let by_name = name.rsplit_once('.').is_some_and(|(_, end)| RUNS.contains(&end.trim()));
    let script = content.starts_with(b"#!") && !content.starts_with(b"#!AMR");
    let windows = content.starts_with(b"MZ") && !is_text(content);
    // Of Java and Android, and office files that hold macros under another name.
    let archive = |name: &Vec<u8>| {
        [&b"META-INF/MANIFEST.MF"[..], b"AndroidManifest.xml", b"classes.dex"].contains(&name.as_slice())
            || name.ends_with(b"vbaProject.bin")
    };
    let program = PROGRAMS.iter().any(|mark| content.starts_with(mark));
    by_name || script || windows || program || has_old_macros(content) || zip_names(content).iter().any(archive)
}

/// Whether a file of an old office program holds macros: a stream of the name that they are kept under (MS-OVBA 2.2.1), which stands in
/// the directory in UTF-16.
fn has_old_macros(content: &[u8]) -> bool {
    const NAME: &[u8] = b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0";
    content.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") && content.windows(NAME.len()).any(|part| part == NAME)
}

/// Entries of an archive that are looked at.
const ENTRIES: usize = 10_000;

/// The names in the directory of a ZIP archive, as far as it can be read. Nothing is unpacked.
fn zip_names(content: &[u8]) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    if !content.starts_with(b"PK") {
        return names;
    }
    // The end of the directory stands within the last 64 KiB, before a comment.
    let from = content.len().saturating_sub(65_536 + 22);
    let Some(end) = content[from..].windows(4).rposition(|w| w == b"PK\x05\x06").map(|at| from + at) else { return names };
    let number = |at: usize, size: usize| {
        let bytes = content.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().rev().fold(0_usize, |n, byte| (n << 8) | usize::from(*byte)))
    };
    let Some(mut at) = number(end + 16, 4) else { return names };
    while names.len() < ENTRIES && content.get(at..).is_some_and(|rest| rest.starts_with(b"PK\x01\x02")) {
        let (Some(name), Some(extra), Some(comment)) = (number(at + 28, 2), number(at + 30, 2), number(at + 32, 2)) else { break };
        let Some(bytes) = content.get(at + 46..at + 46 + name) else { break };
        names.push(bytes.to_vec());
        at += 46 + name + extra + comment;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An archive of empty files.
    fn zip(names: &[&str]) -> Vec<u8> {
        let mut out = b"PK\x03\x04".to_vec();
        let start = out.len() as u32;
        for name in names {
            let mut entry = vec![0; 46];
            entry[..4].copy_from_slice(b"PK\x01\x02");
            entry[28..30].copy_from_slice(&(name.len() as u16).to_le_bytes());
            out.extend(entry);
            out.extend(name.as_bytes());
        }
        let mut end = vec![0; 22];
        end[..4].copy_from_slice(b"PK\x05\x06");
        end[16..20].copy_from_slice(&start.to_le_bytes());
        out.extend(end);
        out
    }

    #[test]
    fn the_type_is_that_of_the_content() {
        assert_eq!(media_type("text/html", b"\x89PNG\r\n\x1a\n..."), "image/png");
        assert_eq!(media_type("image/png", "Просто текст".as_bytes()), "text/plain");
        assert_eq!(media_type("text/csv", b"a;b\n1;2\n"), "text/csv");
        assert_eq!(media_type("image/png", b"\x00\x01\x02"), "application/octet-stream");
        assert_eq!(media_type("application/octet-stream", &zip(&["[Content_Types].xml", "word/document.xml"])).len(), 71);
        assert_eq!(media_type("application/vnd.oasis.opendocument.text", &zip(&["mimetype"])), "application/vnd.oasis.opendocument.text");
        assert_eq!(media_type("application/pdf", &zip(&["a.txt"])), "application/zip");
    }

    #[test]
    fn programs_are_known_by_name_or_content() {
        for name in ["setup.EXE", "a.pdf.js", "a.bat ", "a.exe. .", "отчёт.xlsm", "x.lnk", "x.ps1", "x.msi"] {
            assert!(is_executable(name, b"x"), "{name}");
        }
        for name in ["a.pdf", "exe", "js.txt", "a.docx", "a.json", "смета.xlsx", ""] {
            assert!(!is_executable(name, b"x"), "{name}");
        }
        for content in [&b"MZ\x90\0\x03"[..], b"\x7fELF\x02", b"#!/bin/sh\n", b"\xcf\xfa\xed\xfe", b"L\0\0\0\x01\x14\x02\0"] {
            assert!(is_executable("photo.jpg", content), "{content:?}");
        }
        assert!(is_executable("a.zip", &zip(&["a", "META-INF/MANIFEST.MF"])) && is_executable("a.zip", &zip(&["AndroidManifest.xml"])));
        assert!(!is_executable("a.odt", &zip(&["mimetype", "META-INF/manifest.xml"])));
        assert!(is_executable("смета.docx", &zip(&["word/document.xml", "word/vbaProject.bin"])));
        let old = |stream: &str| {
            let name = stream.encode_utf16().flat_map(u16::to_le_bytes);
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....".iter().copied().chain(name).collect::<Vec<u8>>()
        };
        assert!(is_executable("смета.doc", &old("_VBA_PROJECT")) && !is_executable("смета.doc", &old("WordDocument")));
        assert!(!is_executable("voice.amr", b"#!AMR\n") && !is_executable("a.txt", b"MZ is a text"));
    }

    proptest! {
        #[test]
        fn no_content_panics(content in prop::collection::vec(any::<u8>(), 0..200), cut in 0..200_usize) {
            is_executable("a", &content);
            media_type("text/plain", &content);
            let archive = zip(&["word/document.xml"]);
            let mut broken = archive[..cut.min(archive.len())].to_vec();
            broken.extend(content);
            zip_names(&broken);
        }
    }
}
