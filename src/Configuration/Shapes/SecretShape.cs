using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Holdfast.Configuration.Yaml;
using Holdfast.Core;

namespace Holdfast.Configuration.Shapes;

/// <summary>A password or token, or where to find it. Its text is never told.</summary>
internal sealed class SecretShape : ScalarShape<Secret>
{
    public static readonly SecretShape Instance = new();
    private const int FileLimit = 64 * 1024;

    /// <summary>Stands for a secret that is not looked at. Long enough for every rule.</summary>
    private static readonly string NotRead = new('0', 64);
    private const UnixFileMode OthersMay =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override string Name => "secret";
    public override string Explanation =>
        "`${env:NAME}` takes it from an environment variable, `file:/path` from a file that only its owner may read (mode 0600; " +
        "a relative path starts at the folder of `holdfast.yaml`; a line break at the end does not count). " +
        "Inside braces write `\"${env:NAME}\"` with quotes. " +
        "The text itself may stand in the file too, with a warning.";
    protected override string Remedy => "write file:/etc/holdfast/NAME or \"${env:NAME}\"";
    public override JsonObject Describe() => TextSchema();

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out Secret value)
    {
        var text = scalar.Text switch
        {
            var reference when reference.StartsWith("${", StringComparison.Ordinal) => FromVariable(reference, place, context),
            var reference when reference.StartsWith("file:", StringComparison.Ordinal) =>
                FromFile(reference["file:".Length..], place, context),
            var literal => Literal(literal, place, context),
        };
        value = new Secret(text ?? "");
        return text is not null;
    }

    private static string? Literal(string text, Place place, ReadContext context)
    {
        if (text.Length == 0)
        {
            context.Findings.Error(place, "is empty", "write file:/path or \"${env:NAME}\"");
            return null;
        }

        context.Findings.Warn(
            place,
            "the secret stands in the file itself",
            "move it to a file of mode 0600 and write file:/path, or write \"${env:NAME}\"");
        return text;
    }

    private static string? FromVariable(string reference, Place place, ReadContext context)
    {
        var match = Regex.Match(reference, @"^\$\{env:(?<name>[A-Za-z_][A-Za-z0-9_]*)\}\z", RegexOptions.CultureInvariant);
        if (!match.Success)
        {
            context.Findings.Error(
                place,
                "is not a reference that can be followed",
                "write \"${env:NAME}\" with the name of an environment variable");
            return null;
        }

        if (!context.FollowsReferences)
        {
            return NotRead;
        }

        var name = match.Groups["name"].Value;
        return Checked(context.Environment.Variable(name)?.TrimEnd('\r', '\n'), $"the environment variable {name}",
            $"set {name} for this process", place, context);
    }

    private static string? FromFile(string reference, Place place, ReadContext context)
    {
        if (reference.Length == 0)
        {
            context.Findings.Error(place, "'file:' names no file", "write for example file:/etc/holdfast/token");
            return null;
        }

        if (!context.FollowsReferences)
        {
            return NotRead;
        }

        var path = context.Absolute(reference);
        try
        {
            var content = context.Environment.Read(path, FileLimit);
            if ((content.Mode & OthersMay) != UnixFileMode.None)
            {
                context.Findings.Error(place, $"{path} can be read or changed by others than its owner", $"chmod 600 {path}");
                return null;
            }

            if (content.Length > FileLimit)
            {
                context.Findings.Error(place, $"{path} is larger than 64 KiB", "name the file that holds the secret and nothing else");
                return null;
            }

            return Checked(Utf8.GetString(content.Bytes.Span).TrimEnd('\r', '\n'), path, $"write the secret into {path}", place, context);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            context.Findings.Error(place, $"{path} does not exist", $"write the secret into {path}, then chmod 600 {path}");
        }
        catch (UnauthorizedAccessException)
        {
            context.Findings.Error(
                place,
                $"{path} cannot be read by user {Environment.UserName}",
                "make it a file of that user with mode 0600");
        }
        catch (DecoderFallbackException)
        {
            context.Findings.Error(place, $"{path} is not UTF-8 text", "name the file that holds the secret and nothing else");
        }
        catch (IOException fault)
        {
            context.Findings.Error(place, $"{path} cannot be read: {fault.Message.TrimEnd('.')}", "see to the file");
        }

        return null;
    }

    private static string? Checked(string? text, string source, string remedy, Place place, ReadContext context)
    {
        if (string.IsNullOrEmpty(text))
        {
            context.Findings.Error(place, text is null ? $"{source} is not set" : $"{source} is empty", remedy);
            return null;
        }

        return text;
    }
}
