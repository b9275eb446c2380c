//! `nix-format [--write] FILE…`: names the files that are not formatted, or formats them. Ends with 1 where there are any.

use std::process::ExitCode;

fn main() -> std::io::Result<ExitCode> {
    let (flags, files): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument == "--write");
    let mut is_clean = true;
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        let (_, formatted) = alejandra::format::in_memory(file.clone(), text.clone());
        if formatted == text {
            continue;
        }
        is_clean = false;
        eprintln!("{file} is not formatted");
        if !flags.is_empty() {
            std::fs::write(&file, formatted)?;
        }
    }
    Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
