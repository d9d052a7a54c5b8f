using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace Holdfast.Configuration.Shapes;

/// <summary>One line of host-based authentication, taken apart.</summary>
/// <param name="Text">As written.</param>
/// <param name="Type">local, host, hostssl …</param>
/// <param name="Address">Null for <c>local</c>.</param>
/// <param name="Method">In lower case.</param>
internal sealed record ClientAuthentication(string Text, string Type, string? Address, string Method)
{
    private static readonly ImmutableArray<string> Types = ["local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"];
    private static readonly ImmutableArray<string> Methods =
        ["trust", "reject", "scram-sha-256", "md5", "password", "gss", "sspi", "ident", "peer", "ldap", "radius", "cert", "pam", "bsd"];
    private const string Example = "write for example 'hostssl orders app 10.0.0.0/8 scram-sha-256'";

    /// <summary>Only clients on the host itself come in by this line.</summary>
    public bool IsLoopback => Address is null or "localhost" || (IPAddress.TryParse(Address.Split('/')[0], out var address) && IPAddress.IsLoopback(address));

    /// <summary>Parses; null: it is wrong, and why and what would be right is given out.</summary>
    public static ClientAuthentication? Parse(string text, out string wrong, out string remedy)
    {
        (wrong, remedy) = ("", Example);
        if (Split(text) is not { } fields)
        {
            wrong = "a quote is not closed";
            return null;
        }

        if (fields.Count == 0 || text.Any(letter => char.IsControl(letter) && letter != '\t'))
        {
            wrong = fields.Count == 0 ? "is empty or only a comment" : "holds a line break: one line, one entry";
            return null;
        }

        var type = fields[0];
        if (!Types.Contains(type))
        {
            wrong = $"'{type}' is not a connection type";
            remedy = DidYouMean.Remedy(type, Types, "the types are:");
            return null;
        }

        return type == "local" ? Local(text, fields, out wrong, out remedy) : Host(text, type, fields, out wrong, out remedy);
    }

    private static ClientAuthentication? Local(string text, List<string> fields, out string wrong, out string remedy)
    {
        (wrong, remedy) = ("", "write 'local DATABASE USER METHOD'");
        if (fields.Count < 4)
        {
            wrong = $"has {fields.Count} fields; a 'local' line needs 4";
            return null;
        }

        return WithMethod(new ClientAuthentication(text, "local", null, fields[3]), ref wrong, ref remedy);
    }

    private static ClientAuthentication? Host(string text, string type, List<string> fields, out string wrong, out string remedy)
    {
        (wrong, remedy) = ("", $"write '{type} DATABASE USER ADDRESS METHOD'");
        if (fields.Count < 5)
        {
            wrong = $"has {fields.Count} fields; a '{type}' line needs 5";
            return null;
        }

        var address = fields[3];
        var slash = address.Split('/');
        var isAddress = IPAddress.TryParse(slash[0], out var parsed);
        if (isAddress && slash.Length == 1)
        {
            // The older form: address and mask as two fields.
            if (fields.Count < 6 || !IPAddress.TryParse(fields[4], out _))
            {
                wrong = $"the address {address} has no mask";
                remedy = $"write {address}/{(parsed!.GetAddressBytes().Length * 8).ToString(CultureInfo.InvariantCulture)} for this one host";
                return null;
            }

            return WithMethod(new ClientAuthentication(text, type, address, fields[5]), ref wrong, ref remedy);
        }

        if (slash.Length > 1 && !IPNetwork.TryParse(address, out _) && !(isAddress && IsPrefix(slash[1], parsed!)))
        {
            wrong = $"'{address}' is not an address with a mask";
            remedy = "write for example 10.0.0.0/8, or samenet, or a host name";
            return null;
        }

        return WithMethod(new ClientAuthentication(text, type, address, fields[4]), ref wrong, ref remedy);
    }

    // The server takes host bits beside the mask; IPNetwork does not.
    private static bool IsPrefix(string text, IPAddress address) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bits) && bits <= address.GetAddressBytes().Length * 8;

    private static ClientAuthentication? WithMethod(ClientAuthentication line, ref string wrong, ref string remedy)
    {
        if (!Methods.Contains(line.Method))
        {
            wrong = $"'{line.Method}' is not a method";
            remedy = DidYouMean.Remedy(line.Method, Methods, "the methods are:");
            return null;
        }

        var misplaced = (line.Type, line.Method) switch
        {
            (not "local", "peer") => "'peer' works in 'local' lines only",
            (not "hostssl", "cert") => "'cert' works in 'hostssl' lines only",
            ("local", "gss" or "sspi" or "ident") => $"'{line.Method}' does not work in 'local' lines",
            _ => null,
        };
        if (misplaced is not null)
        {
            (wrong, remedy) = (misplaced, "write scram-sha-256, or change the type");
            return null;
        }

        return line;
    }

    // Fields are divided by blanks; quotes hold a field together; '#' begins a comment.
    private static List<string>? Split(string text)
    {
        var fields = new List<string>();
        var field = new System.Text.StringBuilder();
        var (quoted, started) = (false, false);
        foreach (var letter in text)
        {
            if (!quoted && letter == '#')
            {
                break;
            }

            if (!quoted && char.IsWhiteSpace(letter))
            {
                if (started)
                {
                    fields.Add(field.ToString());
                    field.Clear();
                }

                started = false;
                continue;
            }

            started = true;
            if (letter == '"')
            {
                quoted = !quoted;
            }
            else
            {
                field.Append(letter);
            }
        }

        if (started)
        {
            fields.Add(field.ToString());
        }

        return quoted ? null : fields;
    }
}
