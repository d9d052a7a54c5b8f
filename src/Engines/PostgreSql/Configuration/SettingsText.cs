using System.Text;

namespace Holdfast.Engines.PostgreSql.Configuration;

/// <summary>One line of <c>postgresql.conf</c>: <c>name = 'value'</c>.</summary>
internal static class SettingsText
{
    public static string Line(string name, string value) => $"{name} = {Quote(value)}";

    /// <summary>A value in single quotes; a backslash is an escape there, so it is doubled as well.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder("'", value.Length + 2);
        foreach (var character in value)
        {
            text.Append(character switch
            {
                '\'' => "''",
                '\\' => @"\\",
                '\n' => @"\n",
                '\r' => @"\r",
                _ => character.ToString(),
            });
        }

        return text.Append('\'').ToString();
    }

    /// <summary>Understands the lines that <see cref="Line"/> writes, no others.</summary>
    public static bool TryParse(string line, out string name, out string value)
    {
        name = value = "";
        var equals = line.IndexOf(" = '", StringComparison.Ordinal);
        if (equals <= 0 || line[0] == '#' || !line.EndsWith('\'') || line.Length < equals + 5)
        {
            return false;
        }

        name = line[..equals];
        var text = new StringBuilder();
        var body = line.AsSpan(equals + 4, line.Length - equals - 5);
        for (var i = 0; i < body.Length; i++)
        {
            var escaped = body[i] is '\\' or '\'' && i + 1 < body.Length;
            text.Append(escaped ? Unescape(body[++i]) : body[i]);
        }

        value = text.ToString();
        return true;
    }

    private static char Unescape(char character) => character switch { 'n' => '\n', 'r' => '\r', _ => character };
}
