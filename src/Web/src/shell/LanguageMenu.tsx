import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { languages, nameOfLanguage, type Language } from '../i18n/languages';

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  const current = (i18n.resolvedLanguage ?? 'en') as Language;
  return (
    <MenuTrigger>
      <Button className="button plain" aria-label={`${t('shell.language')}: ${nameOfLanguage[current]}`}>
        <Globe />
        <span>{nameOfLanguage[current]}</span>
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" selectionMode="single" selectedKeys={[current]} onAction={(key) => void i18n.changeLanguage(String(key))}>
          {languages.map((language) => (
            <MenuItem key={language} id={language} className="menu-item" textValue={nameOfLanguage[language]}>
              <span lang={language}>{nameOfLanguage[language]}</span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function Globe() {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="7.5" />
      <ellipse cx="10" cy="10" rx="3.4" ry="7.5" />
      <path d="M2.5 10h15" />
    </svg>
  );
}
