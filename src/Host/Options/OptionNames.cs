namespace Pggan.Host;

/// <summary>Numbers in messages of the layers below, by the names that a user gave them.</summary>
internal static class OptionNames
{
    /// <summary>A message such as "total kimg 0 must be …" with the option in front: "--total-kimg 0 must be …".</summary>
    /// <param name="message">That may begin with an option's name in words, or its key, and its value.</param>
    /// <param name="options">As they are typed, by their keys.</param>
    public static string In(string message, IEnumerable<KeyValuePair<string, string>> options)
    {
        foreach ((string key, string typed) in options)
        {
            foreach (string name in new[] { key, key.Replace('_', ' ') })
            {
                if (message.StartsWith(name + " ", StringComparison.Ordinal) && message.AsSpan(name.Length + 1).TrimStart('-') is [>= '0' and <= '9', ..])
                    return typed + message[name.Length..];
            }
        }
        return message;
    }
}
