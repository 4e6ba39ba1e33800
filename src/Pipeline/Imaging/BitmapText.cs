namespace Pggan.Pipeline;

/// <summary>Text of a few letters in pixels, for machines without any font: digits and what kimg, alpha and times need, 5 by 7 pixels each.</summary>
public static class BitmapText
{
    /// <summary>Height of a letter in pixels.</summary>
    public const int Height = 7;

    /// <summary>From one letter to the next in pixels.</summary>
    public const int Advance = 6;

    private const int Width = 5;

    // A row a number, its highest of five bits to the left.
    private static readonly Dictionary<char, byte[]> Letters = new()
    {
        ['0'] = [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
        ['1'] = [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
        ['2'] = [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
        ['3'] = [0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110],
        ['4'] = [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
        ['5'] = [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
        ['6'] = [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
        ['7'] = [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000],
        ['8'] = [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
        ['9'] = [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
        ['.'] = [0, 0, 0, 0, 0, 0b01100, 0b01100],
        ['a'] = [0, 0, 0b01110, 0b00001, 0b01111, 0b10001, 0b01111],
        ['d'] = [0b00001, 0b00001, 0b01101, 0b10011, 0b10001, 0b10001, 0b01111],
        ['g'] = [0, 0, 0b01111, 0b10001, 0b01111, 0b00001, 0b01110],
        ['h'] = [0b10000, 0b10000, 0b10110, 0b11001, 0b10001, 0b10001, 0b10001],
        ['i'] = [0b00100, 0, 0b01100, 0b00100, 0b00100, 0b00100, 0b01110],
        ['k'] = [0b10000, 0b10000, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010],
        ['l'] = [0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
        ['m'] = [0, 0, 0b11010, 0b10101, 0b10101, 0b10101, 0b10101],
        ['p'] = [0, 0, 0b11110, 0b10001, 0b11110, 0b10000, 0b10000],
        ['s'] = [0, 0, 0b01111, 0b10000, 0b01110, 0b00001, 0b11110],
        ['x'] = [0, 0, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001],
    };

    /// <summary>Whether a text can be drawn.</summary>
    public static bool Knows(string text) => text.All(letter => letter == ' ' || Letters.ContainsKey(letter));

    /// <summary>Draws a text in white; what does not fit to the right or below is cut off.</summary>
    /// <param name="pixels">[H, W, C] bytes.</param>
    /// <param name="channels">C.</param>
    /// <param name="width">W in pixels.</param>
    /// <param name="x">Left edge of the text.</param>
    /// <param name="y">Upper edge of the text.</param>
    /// <param name="text">Letters that are not known stay empty.</param>
    /// <param name="scale">Pixels of the picture a pixel of the letters.</param>
    public static void Draw(Span<byte> pixels, int channels, int width, int x, int y, string text, int scale)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        var height = pixels.Length / channels / width;
        for (var row = y; row < Math.Min(y + Height * scale, height); row++)
        {
            for (var column = x; column < Math.Min(x + text.Length * Advance * scale, width); column++)
            {
                var across = (column - x) / scale;
                var bit = Width - 1 - across % Advance;
                if (bit >= 0 && Letters.TryGetValue(text[across / Advance], out var letter) && (letter[(row - y) / scale] >> bit & 1) == 1)
                    pixels.Slice((row * width + column) * channels, channels).Fill(255);
            }
        }
    }
}
