//! Just enough XML to tell whether a text is well-formed.

/// Why `text` is not one element with properly nested ones inside, or its root's name.
pub fn well_formed(text: &str) -> Result<String, String> {
    let mut open: Vec<String> = Vec::new();
    let mut root = None;
    let mut rest = text.trim();
    while let Some(start) = rest.find('<') {
        character_data(&rest[..start], open.is_empty())?;
        let end = rest.find('>').ok_or("a tag has no end")?;
        let tag = rest.get(start + 1..end).ok_or("a stray '>'")?;
        rest = &rest[end + 1..];
        if tag.starts_with('?') && root.is_none() {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop().as_deref() != Some(name.trim()) {
                return Err(format!("</{name}> closes nothing that is open"));
            }
            continue;
        }
        let (body, is_empty) = match tag.strip_suffix('/') {
            Some(body) => (body, true),
            None => (tag, false),
        };
        let name = element(body)?;
        if open.is_empty() && root.replace(name.clone()).is_some() {
            return Err("there are two roots".to_owned());
        }
        if !is_empty {
            open.push(name);
        }
    }
    character_data(rest, true)?;
    if let Some(name) = open.last() {
        return Err(format!("<{name}> is never closed"));
    }
    root.ok_or_else(|| "there is no element".to_owned())
}

/// Text between tags: none outside the root, and no bare ampersand.
fn character_data(text: &str, is_outside: bool) -> Result<(), String> {
    if is_outside && !text.trim().is_empty() {
        return Err(format!("{text:?} stands outside the root"));
    }
    if text.contains('&') && !text.contains(';') {
        return Err(format!("a bare '&' in {text:?}"));
    }
    Ok(())
}

/// The name of a start tag, after a look at its attributes.
fn element(body: &str) -> Result<String, String> {
    let name: String =
        body.chars().take_while(|c| c.is_alphanumeric() || "_-:.".contains(*c)).collect();
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return Err(format!("<{body}> has no proper name"));
    }
    let mut rest = body[name.len()..].trim();
    let mut seen: Vec<&str> = Vec::new();
    while !rest.is_empty() {
        let (key, value) = rest.split_once('=').ok_or(format!("no value in <{body}>"))?;
        let quote = value.chars().next().filter(|c| "\"'".contains(*c));
        let quote = quote.ok_or(format!("no quotes in <{body}>"))?;
        let (_, tail) = value[1..].split_once(quote).ok_or(format!("open quotes in <{body}>"))?;
        if seen.contains(&key) {
            return Err(format!("<{body}> has two of {key}"));
        }
        seen.push(key);
        rest = tail.trim();
    }
    Ok(name)
}
