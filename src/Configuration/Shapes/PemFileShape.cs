using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>
/// A PEM file on each member's host. When the file is there it must be what it says; when it is not, that is a warning only,
/// because the file may be checked on another machine than those it is for.
/// </summary>
internal sealed class PemFileShape(bool isKey) : ScalarShape<string>
{
    private const UnixFileMode OthersMay = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;
    private const int FileLimit = 1024 * 1024;

    public override string Name => isKey ? "path of a private key" : "path of a certificate";
    public override string Explanation => isKey
        ? "PEM; a relative path starts at the folder of `holdfast.yaml`. Others than owner and group must not be able to read it."
        : "PEM; a relative path starts at the folder of `holdfast.yaml`.";
    protected override string Remedy =>
        isKey ? "write for example /etc/holdfast/tls/host.key" : "write for example /etc/holdfast/tls/host.crt";
    public override JsonObject Describe() => TextSchema();

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out string value)
    {
        value = scalar.Text;
        if (value.Length == 0 || value.Any(char.IsControl))
        {
            Refuse(scalar, place, context);
            return false;
        }

        value = context.Absolute(value);
        if (!context.FollowsReferences)
        {
            return true;
        }

        try
        {
            return Inspect(context.Environment.Read(value, FileLimit), value, place, context);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            context.Findings.Warn(place, $"{value} does not exist on this machine", "put it on every member's host");
        }
        catch (Exception fault) when (fault is UnauthorizedAccessException or IOException)
        {
            context.Findings.Warn(
                place,
                $"{value} cannot be read by user {Environment.UserName}",
                "the agents' user must be able to read it");
        }

        return true;
    }

    private bool Inspect(FileContent content, string path, Place place, ReadContext context)
    {
        var text = Encoding.ASCII.GetString(content.Bytes.Span);
        var isPem = text.Contains("-----BEGIN ", StringComparison.Ordinal) &&
            text.Contains(isKey ? "PRIVATE KEY-----" : "CERTIFICATE-----", StringComparison.Ordinal);
        if (!isPem)
        {
            context.Findings.Error(
                place,
                $"{path} holds no {(isKey ? "private key" : "certificate")} in PEM form",
                "name the right file, or convert it with openssl");
        }

        var isOpen = isKey && (content.Mode & OthersMay) != UnixFileMode.None;
        if (isOpen)
        {
            context.Findings.Error(place, $"{path} can be read or changed by others", $"chmod 600 {path}");
        }

        return isPem && !isOpen;
    }
}
