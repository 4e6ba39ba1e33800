namespace Pggan.Pipeline.Tests;

public sealed class DisplayNameTests
{
    [Theory]
    [InlineData("cat.png", "cat.png")]
    [InlineData("写真 صورة 📷.png", "写真 صورة 📷.png")]
    [InlineData("two\nlines\0.png", "two\\nlines\\0.png")]
    [InlineData("\u001B[31mred", "\\u001B[31mred")]
    [InlineData("gpj.\u202Egnp\u2066\u2029\u0085", "gpj.\\u202Egnp\\u2066\\u2029\\u0085")]
    public void What_ends_a_line_steers_a_terminal_or_turns_text_is_written_out(string name, string shown) => Assert.Equal(shown, DisplayName.Of(name));
}
