using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>What is written beside images, as classes: numbers where all are, else names.</summary>
internal sealed class TextLabels
{
    private const int None = -1;
    private const int LongestName = 256;

    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly List<int> _ofImages = [];
    private bool _isProse;

    /// <summary>Adds the text of the next image; null = it has none.</summary>
    public void Add(string? text)
    {
        var number = None;
        if (text is not null && !_isProse)
        {
            text = text.Trim();
            if (!_texts.TryGetValue(text, out number))
                _texts[text] = number = _texts.Count;
            if (text.Length > LongestName || _texts.Count > SourceLabels.MostClasses)
            {
                _isProse = true;
                _texts.Clear();
            }
        }

        _ofImages.Add(number);
    }

    /// <summary>The classes; none where the texts are captions, of which there are nearly as many as images.</summary>
    /// <param name="missing">Makes the exception for an image without a text.</param>
    public SourceLabels ToLabels(Func<int, Exception> missing)
    {
        var numbers = new int[_texts.Count];
        var areNumbers = true;
        foreach (var (text, id) in _texts)
            areNumbers &= int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out numbers[id]) && numbers[id] < SourceLabels.MostClasses;
        if (_isProse || _texts.Count == 0 || (!areNumbers && _texts.Count * 2 > _ofImages.Count))
            return SourceLabels.None;
        if (_ofImages.IndexOf(None) is >= 0 and var without)
            throw missing(without);
        if (areNumbers)
            return SourceLabels.OfClasses([.. _ofImages.Select(id => numbers[id])]);

        string[] names = [.. _texts.Keys.Order(StringComparer.Ordinal)];
        for (var i = 0; i < names.Length; i++)
            numbers[_texts[names[i]]] = i;
        return SourceLabels.OfClasses([.. _ofImages.Select(id => numbers[id])], names);
    }
}
