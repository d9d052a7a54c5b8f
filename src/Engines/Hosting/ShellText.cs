namespace Holdfast.Engines.Hosting;

/// <summary>Words of a command line for a shell.</summary>
public static class ShellText
{
    private const string Plain = "_-./:=@%+,";

    /// <summary>In quotes, whatever is in it.</summary>
    public static string Quoted(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    /// <summary>For people: in quotes only where a shell would take it for something else.</summary>
    public static string Word(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || Plain.Contains(letter, StringComparison.Ordinal)) ? word : Quoted(word);
}
