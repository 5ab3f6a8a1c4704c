use proc_macro::TokenStream;

/// Writes two hundred functions and one that calls them all.
#[proc_macro]
pub fn functions(_: TokenStream) -> TokenStream {
    let functions: String = (0..200)
        .map(|n| {
            format!("fn f{n}(x: u64) -> u64 {{ (0..x + {n}).collect::<Vec<u64>>().iter().sum() }}")
        })
        .collect();
    let calls: String = (0..200).map(|n| format!("sum += f{n}({n});")).collect();
    format!("{functions} fn all() -> u64 {{ let mut sum = 0; {calls} sum }}").parse().unwrap()
}
