//! A program that was not there before.

fn main() {
    println!("added");
}
