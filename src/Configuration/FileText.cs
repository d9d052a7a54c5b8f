using System.Text;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration;

/// <summary>From a path to a tree of YAML; what is wrong on the way is a finding.</summary>
internal static class FileText
{
    /// <summary>Larger files are refused, in bytes.</summary>
    public const int SizeLimit = 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text's tree. Null: it is not one YAML document.</summary>
    public static Node? Tree(string text, Findings findings)
    {
        if (Encoding.UTF8.GetByteCount(text) > SizeLimit)
        {
            TooLarge(findings);
            return null;
        }

        return ForbiddenLetter(text, findings) ? null : YamlTree.Read(text, findings);
    }

    /// <summary>The file's text. Null: it cannot be read.</summary>
    public static string? Read(string path, IEnvironment environment, Findings findings)
    {
        var whole = new Place("", default);
        try
        {
            var content = environment.Read(path, SizeLimit);
            if (content.Length > SizeLimit)
            {
                TooLarge(findings);
                return null;
            }

            return Decode(content.Bytes.Span, findings);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            findings.Error(
                whole,
                "the file does not exist",
                "name the file that describes your system; examples/ holds some to begin with");
        }
        catch (UnauthorizedAccessException)
        {
            findings.Error(whole, $"user {Environment.UserName} may not read it, or it is a folder", "name a file that this user may read");
        }
        catch (IOException fault)
        {
            findings.Error(whole, $"the file cannot be read: {fault.Message.TrimEnd('.')}", "see to the file");
        }

        return null;
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, Findings findings)
    {
        var content = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        try
        {
            return Utf8.GetString(content);
        }
        catch (DecoderFallbackException fault)
        {
            var before = content[..Math.Clamp(fault.Index, 0, content.Length)];
            var line = before.Count((byte)'\n') + 1;
            var start = before.LastIndexOf((byte)'\n') + 1;
            var mark = new Mark(line, Encoding.UTF8.GetCharCount(before[start..]) + 1);
            findings.Error(new Place("", mark), "the file is not UTF-8 text", "save it as UTF-8");
            return null;
        }
    }

    private static bool ForbiddenLetter(string text, Findings findings)
    {
        var (line, column) = (1, 0);
        foreach (var letter in text)
        {
            column++;
            if (letter == '\n')
            {
                (line, column) = (line + 1, 0);
            }
            else if (char.IsControl(letter) && letter is not ('\t' or '\r'))
            {
                findings.Error(new Place("", new Mark(line, column)), $"the control character U+{(int)letter:X4} stands here", "remove it");
                return true;
            }
        }

        return false;
    }

    private static void TooLarge(Findings findings) =>
        findings.Error(new Place("", default), "the file is larger than 1 MiB", "describe one system only; a large one takes some ten KiB");
}
