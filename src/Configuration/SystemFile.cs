using System.Text;
using Holdfast.Configuration.Rules;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration;

/// <summary>Reads and validates <c>holdfast.yaml</c>: the whole of it, all problems at once.</summary>
public static class SystemFile
{
    /// <summary>Larger files are refused, in bytes.</summary>
    public const int SizeLimit = 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads the file at <paramref name="path"/>. A file that cannot be read is a problem like any other: this never throws for it.
    /// </summary>
    public static LoadResult Load(string path, IEnvironment environment)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(environment);
        var findings = new Findings();
        if (ReadText(path, environment, findings) is not { } text)
        {
            return new LoadResult(null, findings.InOrder());
        }

        return Parse(text, Path.GetDirectoryName(Path.GetFullPath(path))!, environment);
    }

    /// <summary>Validates the text of a file. Relative paths in it start at <paramref name="folder"/>.</summary>
    public static LoadResult Parse(string text, string folder, IEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(environment);
        var findings = new Findings();
        var root = Section(text, new ReadContext(findings, environment, Path.GetFullPath(folder)));
        if (root is not null)
        {
            CheckRules(root, findings);
        }

        return new LoadResult(root is null || findings.HasErrors ? null : SystemBuilder.Build(root), findings.InOrder());
    }

    private static Section? Section(string text, ReadContext context)
    {
        if (Encoding.UTF8.GetByteCount(text) > SizeLimit)
        {
            TooLarge(context.Findings);
            return null;
        }

        return ForbiddenLetter(text, context.Findings) || YamlTree.Read(text, context.Findings) is not { } node
            ? null
            : (Section?)SystemKeys.Shape.Read(node, new Place("", node.Mark), context);
    }

    private static void CheckRules(Section root, Findings findings)
    {
        CoordinationRules.Check(root, findings);
        ClusterRules.Check(root, findings);
        SecurityRules.Check(root, findings);
        MemberRules.Check(root, findings);
        ArchiveRules.Check(root, findings);
        GateRules.Check(root, findings);
        foreach (var store in root.All(SystemKeys.Stores))
        {
            StoreRules.Check(root, store, findings);
            TimingRules.Check(root, store.Value, findings);
            LinkRules.Check(store.Value, findings);
            PostgreSqlRules.Check(store, findings);
        }
    }

    private static string? ReadText(string path, IEnvironment environment, Findings findings)
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
