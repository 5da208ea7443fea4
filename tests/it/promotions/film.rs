//! The smallest mp4 that is one: what it is, how long, how large.

fn atom(name: &[u8; 4], body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes(), name.as_slice(), &body].concat()
}

/// A film of so many seconds in 1080×1920, told from others by `seed`.
pub(super) fn film(seconds: u32, seed: u8, payload: usize) -> Vec<u8> {
    let ftyp = atom(b"ftyp", &[b"mp42\0\0\0\0mp42isom"]);
    let duration = (seconds * 1000).to_be_bytes();
    let scale = 1000_u32.to_be_bytes();
    let mvhd = atom(b"mvhd", &[&[0; 12], &scale, &duration, &[0; 80]]);
    let (width, height) = ((1080_u32 << 16).to_be_bytes(), (1920_u32 << 16).to_be_bytes());
    let unity = [0x0001_0000_u32, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000].map(u32::to_be_bytes).concat();
    let tkhd = atom(b"tkhd", &[&[0; 20], &duration, &[0; 16], &unity, &width, &height]);
    let hdlr = atom(b"hdlr", &[&[0; 8], b"vide", &[0; 13]]);
    let mdhd = atom(b"mdhd", &[&[0; 12], &scale, &duration, &[0; 4]]);
    let avc1 = atom(b"avc1", &[&[0; 78]]);
    let stsd = atom(b"stsd", &[&[0; 4], &1_u32.to_be_bytes(), &avc1]);
    let minf = atom(b"minf", &[&atom(b"stbl", &[&stsd])]);
    let mdia = atom(b"mdia", &[&mdhd, &hdlr, &minf]);
    let moov = atom(b"moov", &[&mvhd, &atom(b"trak", &[&tkhd, &mdia])]);
    let mdat = atom(b"mdat", &[&vec![seed; payload]]);
    [ftyp, moov, mdat].concat()
}
