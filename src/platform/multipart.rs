//! A body of several parts (RFC 7578): text fields, and files that no platform signs. Pure: the boundary is a
//! digest of what it separates, so that the same call gives the same bytes.

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::model::FilePart;

/// A body and its `Content-Type`.
pub(crate) struct Multipart {
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// The body of these fields and files, in this order.
///
/// # Errors
/// `INVALID_REQUEST` for a name that would end its header line.
pub(crate) fn multipart(fields: &[(&str, &str)], files: &[FilePart]) -> Result<Multipart> {
    let boundary = boundary(fields, files);
    let size: usize = files.iter().map(|file| file.bytes.len() + 512).sum();
    let mut body = Vec::with_capacity(size + 1024);
    for (name, value) in fields {
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n", quoted(name)?);
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    for file in files {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            quoted(&file.name)?,
            quoted(&file.file_name)?,
            media_type(&file.content_type)?,
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&file.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Multipart { content_type: format!("multipart/form-data; boundary={boundary}"), body })
}

/// Nobody can put it into a value beforehand: whoever changes the value changes the digest.
fn boundary(fields: &[(&str, &str)], files: &[FilePart]) -> String {
    let mut digest = Sha256::new();
    let mut add = |bytes: &[u8]| {
        digest.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(bytes);
    };
    for (name, value) in fields {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    for file in files {
        add(file.name.as_bytes());
        add(file.file_name.as_bytes());
        add(&file.bytes);
    }
    hex::encode(digest.finalize().get(..20).unwrap_or_default())
}

/// Quotation marks are written as browsers write them (HTML, multipart/form-data); line breaks are refused.
fn quoted(text: &str) -> Result<String> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(Error::invalid("the name of a file and of its part must be one line of text"));
    }
    Ok(text.replace('"', "%22"))
}

fn media_type(text: &str) -> Result<&str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/.+-".contains(&byte);
    if text.contains('/') && text.bytes().all(fits) {
        return Ok(text);
    }
    Err(Error::invalid("the media type of a file must look like image/png"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: &[u8]) -> FilePart {
        FilePart {
            name: "img".to_owned(),
            file_name: name.to_owned(),
            content_type: "image/png".to_owned(),
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn fields_and_files_follow_one_another() {
        let Multipart { content_type, body } =
            multipart(&[("a", "中文 1"), ("b", "")], &[file("图\"1\".png", b"\x00\r\n--\xff")]).unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let mut wanted = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n中文 1\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"img\"; filename=\"图%221%22.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        )
        .into_bytes();
        wanted.extend_from_slice(b"\x00\r\n--\xff\r\n");
        wanted.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        assert_eq!(body, wanted);
    }

    #[test]
    fn the_boundary_moves_with_what_it_separates() {
        let of = |fields: &[(&str, &str)], files: &[FilePart]| multipart(fields, files).unwrap().content_type;
        let all = [
            of(&[("a", "b")], &[]),
            of(&[("ab", "")], &[]),
            of(&[("a", "b")], &[file("x", b"1")]),
            of(&[("a", "b")], &[file("x1", b"")]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all.iter().skip(index + 1).all(|other| other != one));
        }
        assert_eq!(of(&[("a", "b")], &[]), all[0]);
    }

    #[test]
    fn a_name_cannot_add_a_header() {
        assert!(multipart(&[("a\r\nX: 1", "b")], &[]).is_err());
        assert!(multipart(&[], &[file("a\r\nX: 1.png", b"")]).is_err());
        let odd = FilePart { content_type: "image/png\r\nX: 1".to_owned(), ..file("a.png", b"") };
        assert!(multipart(&[], &[odd]).is_err());
    }
}
