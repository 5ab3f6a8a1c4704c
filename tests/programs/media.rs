//! ffmpeg and ImageMagick: big buffers with strict alignment, many libraries, many threads.

use crate::program::{ORDINARY, Program};

#[test]
fn ffmpeg() {
    let program = Program {
        name: "ffmpeg",
        package: "ffmpeg",
        binaries: &["ffmpeg"],
        job: |site| {
            let quiet = ["-hide_banner", "-nostdin", "-loglevel", "error", "-y"];
            let source = [
                "-f",
                "lavfi",
                "-i",
                "testsrc2=duration=2:size=320x240:rate=25",
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:duration=2",
            ];
            let exact = ["-fflags", "+bitexact", "-flags", "+bitexact", "-threads", "4"];
            let encodings = [
                (["-c:v", "mpeg4", "-c:a", "aac"], "mpeg4.mkv"),
                (["-c:v", "libx264", "-c:a", "flac"], "x264.mkv"),
                (["-c:v", "ffv1", "-c:a", "libvorbis"], "ffv1.mkv"),
            ];
            let mut answer = String::new();
            for (codecs, file) in encodings {
                site.run("ffmpeg", &[&quiet[..], &source, &codecs, &exact, &[file]].concat());
                let filter = ["-i", file, "-vf", "scale=200:150,hflip,unsharp", "-threads", "4"];
                let sums = ["-f", "framemd5", "-"];
                answer += &site.run("ffmpeg", &[&quiet[..], &filter, &sums].concat());
            }
            answer
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

#[test]
fn image_magick() {
    let program = Program {
        name: "imagemagick",
        package: "imagemagick",
        binaries: &["convert", "identify"],
        job: |site| {
            // %# is a checksum of the pixels.
            let sum = ["-format", "%m %wx%h %#\n"];
            let steps: [&[&str]; 5] = [
                &[
                    "-size",
                    "640x480",
                    "gradient:red-blue",
                    "-rotate",
                    "17",
                    "-blur",
                    "0x3",
                    "a.png",
                ],
                &["a.png", "-resize", "1500x", "-sharpen", "0x1", "-quality", "80", "b.jpg"],
                &[
                    "a.png",
                    "-colorspace",
                    "Lab",
                    "-separate",
                    "-combine",
                    "-compress",
                    "zip",
                    "c.tiff",
                ],
                &["a.png", "(", "+clone", "-negate", "-resize", "50%", ")", "-composite", "d.miff"],
                &["-delay", "5", "a.png", "d.miff", "-resize", "100x", "-colors", "64", "e.gif"],
            ];
            let mut answer = String::new();
            for step in steps {
                site.run("convert", step);
                let file = step[step.len() - 1];
                answer += &site.run("identify", &[&sum[..], &[file]].concat());
            }
            answer
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}
